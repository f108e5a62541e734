import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { ArgumentError } from './argument-error.ts';
import { buildRequest, type BuiltRequest } from './build-request.ts';
import type { OpenapiService } from './load-service.ts';
import type { CompiledOperation } from './model.ts';
import { sendRequest } from './send-request.ts';
import { toToolResult } from './to-tool-result.ts';

/**
 * Runs one operation. An argument that cannot be sent and an API's refusal are tool errors that
 * the model can act on; a broken connection is thrown.
 */
export async function callOperation(
  service: OpenapiService,
  operation: CompiledOperation,
  given: JsonObject,
  io: ExchangeIo,
): Promise<JsonObject> {
  let request: BuiltRequest;
  try {
    request = buildRequest(operation, given, service.base);
  } catch (error) {
    if (error instanceof ArgumentError) {
      return { content: [{ type: 'text', text: error.message }], isError: true };
    }
    throw error;
  }
  const authorized = await service.authorize(request, operation.plan);
  const response = await sendRequest(service.egress, authorized, io, service.send);
  const body = await response.bytes(limits.toolResponseBytesMax);
  if (response.status === 401) service.tokens.forget();
  const { status, headers } = response;
  return toToolResult(operation, { status, headers, body }, undefined, request.url);
}
