import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Admitted } from '../exchange.ts';

/** The member of `_meta` with which a client says that a call is one that it made before. */
export const IDEMPOTENCY_META = 'mcp-gateway/idempotencyKey';

const HEADER = 'idempotency-key';
const WORD = /^[\x21-\x7e]+$/;

/** Requests that may be a purchase. */
const KEYED_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/**
 * The work that a request with an idempotency key belongs to: the same for every request of the
 * same grant that has the same key, and nobody else's. Undefined for a request without one. The
 * key stands in `_meta` or in the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key),
 * whose quotes are optional here. Throws GatewayError `invalid_params` for one that is none.
 */
export function keyedWorkId({ request, headers, principal }: Admitted): string | undefined {
  const meta = request.params['_meta'];
  const inMeta = isJsonObject(meta) ? meta[IDEMPOTENCY_META] : undefined;
  const given = inMeta ?? (headers === undefined ? undefined : idempotencyHeader(headers));
  if (given === undefined || !KEYED_METHODS.has(request.method)) return undefined;
  const isKey =
    typeof given === 'string' && WORD.test(given) && given.length <= limits.idempotencyKeyLengthMax;
  if (!isKey) {
    const name = `Idempotency-Key (or _meta["${IDEMPOTENCY_META}"])`;
    const text = `${name} must be 1 to ${limits.idempotencyKeyLengthMax} visible ASCII characters.`;
    throw new GatewayError('invalid_params', text);
  }
  const whose = [principal.tenant, principal.grantId, given].join('\n');
  return `idem_${createHash('sha256').update(whose).digest('base64url')}`;
}

/** The key in the headers of a request, its quotes taken off. */
export function idempotencyHeader(headers: IncomingHttpHeaders): Json | undefined {
  const header = headers[HEADER];
  if (typeof header !== 'string') return header;
  return /^"(.*)"$/.exec(header)?.[1] ?? header;
}

/** Whether a work goes by a client's key. */
export function isKeyedWork(workId: string): boolean {
  return workId.startsWith('idem_');
}
