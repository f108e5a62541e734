import { GatewayError, RpcError, type ErrorCode } from '../../../kernel/errors.ts';
import { isJsonObject, stringMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { rpcCode } from '../../../mcp/protocol.ts';

/** What upstreams' own JSON-RPC codes mean to a caller who knows no JSON-RPC. */
const meanings: Readonly<Record<number, ErrorCode>> = {
  [rpcCode.invalidParams]: 'invalid_params',
  [rpcCode.methodNotFound]: 'method_not_found',
  [rpcCode.missingCapability]: 'missing_capability',
};

/** The error as this door answers it: an upstream's own words are kept, its code is translated. */
export function restProblem(error: unknown): unknown {
  if (error instanceof RpcError) {
    return new GatewayError(meanings[error.rpcCode] ?? 'upstream_failed', error.message);
  }
  if (error instanceof GatewayError && error.code === 'missing_capability') {
    return new GatewayError('missing_capability', 'The tool asks its user, and here is none.');
  }
  return error;
}

/** What a tool said that ended in an error of its own. */
export function toolFailure(result: JsonObject): GatewayError {
  const content = result['content'];
  const blocks: readonly Json[] = Array.isArray(content) ? (content as readonly Json[]) : [];
  const texts = blocks.flatMap((block) =>
    isJsonObject(block) ? (stringMember(block, 'text') ?? []) : [],
  );
  const text = texts.join('\n').trim();
  return new GatewayError('tool_failed', text === '' ? undefined : text);
}
