import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { rpcCode } from '../protocol.ts';

/**
 * An upstream's JSON-RPC error as the neutral model allows it. Codes that describe the gateway's
 * own hop, that older revisions used, or that MCP reserves never travel on
 * (2026-07-28 basic/index, "Error Codes").
 */
export function neutralError(error: RpcError): RpcError | GatewayError {
  const { rpcCode: code, message, data } = error;
  if (code === rpcCode.headerMismatch || code === rpcCode.unsupportedVersion) {
    const text = 'The service and the gateway do not agree on the protocol.';
    return new GatewayError('upstream_failed', text, { cause: error });
  }
  if (code === rpcCode.missingCapability) return error;
  if (code === rpcCode.legacyResourceNotFound) {
    return new RpcError(rpcCode.invalidParams, message, data);
  }
  if (code <= -32020 && code >= -32099) return new RpcError(rpcCode.internalError, message, data);
  return error;
}
