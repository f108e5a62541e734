import { GatewayError } from '../../../kernel/errors.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { mendResult } from '../../mend/mend-result.ts';
import type { CompleteOutcome, McpRequest } from '../../message.ts';

/** Members that are protocol in 2026-07-28 only: from a legacy server they are anybody's words. */
const MODERN_MEMBERS: readonly string[] = ['resultType', 'inputRequests', 'requestState'];

/**
 * A legacy server's result as an outcome: it is always complete, whatever it says of itself.
 * Throws GatewayError `upstream_failed` on broken JSON.
 */
export function legacyOutcome(
  result: JsonBytes,
  request: Pick<McpRequest, 'method' | 'params'>,
): CompleteOutcome {
  try {
    // Older revisions have objects here; null is how some serialisers write that there is none.
    const isEmpty = result.has('structuredContent') && result.memberIs('structuredContent', 'null');
    const names = isEmpty ? [...MODERN_MEMBERS, 'structuredContent'] : MODERN_MEMBERS;
    const plain = result.withoutMembers(names);
    return { resultType: 'complete', result: mendResult(plain, request) };
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', { cause });
  }
}
