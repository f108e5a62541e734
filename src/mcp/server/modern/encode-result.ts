import { JsonBytes } from '../../../kernel/json-bytes.ts';
import type { KeptOutcome } from '../../message.ts';

/** Results that must say how long they may be cached (server/utilities/caching). */
const CACHEABLE: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'skills/list',
  'skills/get',
]);

/** Turns an outcome into the result object of a modern response. */
export function encodeModernResult(method: string, outcome: KeptOutcome): JsonBytes {
  if (outcome.resultType === 'extension') return outcome.result;
  if (outcome.resultType === 'input_required') {
    const { inputRequests, requestState, meta } = outcome;
    return JsonBytes.fromValue({
      resultType: 'input_required',
      ...(inputRequests === undefined ? {} : { inputRequests: inputRequests }),
      ...(requestState === undefined ? {} : { requestState }),
      ...(meta === undefined ? {} : { _meta: meta }),
    });
  }
  let { result } = outcome;
  if (CACHEABLE.has(method)) {
    // An upstream that says nothing about caching gets what is always safe.
    if (!result.has('cacheScope')) result = result.withMember('cacheScope', '"private"');
    if (!result.has('ttlMs')) result = result.withMember('ttlMs', '0');
  }
  return result.has('resultType') ? result : result.withMember('resultType', '"complete"');
}
