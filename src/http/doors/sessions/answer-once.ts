import type { Gateway } from '../../../gateway/gateway.ts';
import { runOnce } from '../../../gateway/run-once.ts';
import type { Admitted } from '../../../gateway/exchange.ts';
import { RpcError } from '../../../kernel/errors.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { initializeResult } from '../../../mcp/server/legacy/initialize-result.ts';
import { fromLegacyRequest, toLegacyResult } from '../../../mcp/server/legacy/legacy-request.ts';
import { claimsModern, decodeModernRequest } from '../../../mcp/server/modern/decode-request.ts';
import { ModernIo } from '../../../mcp/server/modern/modern-io.ts';
import type { RequestFrame } from '../../../mcp/json-rpc.ts';
import type { ClientProfile } from '../../../mcp/message.ts';
import { LEGACY_VERSION, legacyMethods, legacyVersions, rpcCode } from '../../../mcp/protocol.ts';

/** Where the request came from; the spine gets the rest from the frame. */
export type OncePlace = Omit<Admitted, 'request' | 'io' | 'headers'>;

/** A client that posts single messages and reads no stream: it cannot be asked. */
const silentClient: ClientProfile = {
  era: 'legacy',
  protocolVersion: LEGACY_VERSION,
  capabilities: {},
};

/** Methods of a conversation that a single message cannot carry on. */
const CONVERSATIONAL: ReadonlySet<string> = new Set([
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'subscriptions/listen',
]);

/**
 * Answers one JSON-RPC request of either era on its own: nothing is sent before the result, and a
 * service that has a question is refused. Throws what the spine throws.
 */
export async function answerOnce(
  gateway: Pick<Gateway, 'handle'>,
  place: OncePlace,
  frame: RequestFrame,
  opened: (io: ModernIo) => void,
): Promise<JsonBytes> {
  const { method, params } = frame;
  if (CONVERSATIONAL.has(method)) {
    throw new RpcError(rpcCode.methodNotFound, `${method} needs a stream; open one first.`);
  }
  if (claimsModern({}, params)) {
    const decoded = decodeModernRequest(frame, undefined);
    const io = new ModernIo(frame.id, decoded, undefined);
    opened(io);
    const request = { ...decoded.request, client: { ...decoded.request.client, capabilities: {} } };
    const result = await runOnce(gateway, { ...place, request, io, headers: undefined });
    return io.encode({ resultType: 'complete', result });
  }
  if (method === 'ping') return initializeResult.empty();
  const isOpening = method === 'initialize';
  if (!isOpening && !legacyMethods.has(method)) {
    throw new RpcError(rpcCode.methodNotFound, `Method not found: ${method.slice(0, 100)}`);
  }
  const { request } = isOpening
    ? fromLegacyRequest('server/discover', {}, silentClient, undefined)
    : fromLegacyRequest(method, params, silentClient, undefined);
  const io = new ModernIo(frame.id, { request, progressToken: undefined }, undefined);
  opened(io);
  const result = await runOnce(gateway, { ...place, request, io, headers: undefined });
  if (!isOpening) return toLegacyResult(method, result);
  const wanted = params['protocolVersion'];
  const version =
    typeof wanted === 'string' && legacyVersions.includes(wanted) ? wanted : LEGACY_VERSION;
  return initializeResult.from(version, result.value);
}
