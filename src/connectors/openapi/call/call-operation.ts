import { GatewayError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { ExchangeIo } from '../../../mcp/message.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import type { EgressResponse } from '../../../kernel/egress.ts';
import { errorResult } from '../../../upstream/tool-result.ts';
import { buildRequest, type BuiltRequest } from '../request/build-request.ts';
import { collectBody } from '../answer/collect-body.ts';
import type { OpenapiService } from './make-service.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import { restoreArguments } from '../profiles/restore-arguments.ts';
import { sendRequest } from './send-request.ts';
import type { ApiResponse } from '../answer/read-response.ts';
import { defaultResultLimits, toToolResult, type KeepRest } from '../answer/to-tool-result.ts';

/** How a call is made and its answer shown. */
export interface CallOptions {
  readonly wantsProgress?: boolean;
  /** The longest text of a result. */
  readonly charactersMax?: number | undefined;
  /** Keeps what does not fit; without it the rest is lost. */
  readonly keepRest?: KeepRest;
}

/**
 * Runs one operation. An argument that cannot be sent, an API's refusal and an answer that is too
 * large are tool errors that the model can act on; a broken connection is thrown.
 */
export async function callOperation(
  service: OpenapiService,
  operation: CompiledOperation,
  input: JsonObject,
  io: ExchangeIo,
  { wantsProgress = false, charactersMax, keepRest }: CallOptions = {},
): Promise<JsonObject> {
  const answer = await askOperation(service, operation, input, io, wantsProgress);
  if (answer.refusal !== undefined) return errorResult(answer.refusal);
  const textCharactersMax = charactersMax ?? defaultResultLimits.textCharactersMax;
  const bounds = { ...defaultResultLimits, textCharactersMax };
  const result = toToolResult(operation, answer.response, bounds, answer.url, keepRest);
  return answer.late ? withNote(result, 'The stream went on; this is what came in time.') : result;
}

/** The outcome of one operation: the API's answer, or why there is none. */
export type OperationAnswer =
  | {
      readonly refusal?: never;
      readonly response: ApiResponse;
      readonly url: string;
      /** True when a stream was cut at the deadline. */
      readonly late: boolean;
    }
  | { readonly refusal: string };

/** Sends one operation's request. Throws GatewayError when nothing answers. */
export async function askOperation(
  service: OpenapiService,
  operation: CompiledOperation,
  input: JsonObject,
  io: ExchangeIo,
  progress: boolean,
): Promise<OperationAnswer> {
  let request: BuiltRequest;
  try {
    const { fullInputSchema } = operation;
    const restored =
      fullInputSchema === undefined ? input : restoreArguments(input, fullInputSchema);
    request = buildRequest(operation, restored, service.base);
  } catch (error) {
    if (error instanceof ArgumentError) return { refusal: error.message };
    throw error;
  }
  const authorized = await service.authorize(request, operation.plan);
  const response = await sendNoted(service, authorized, io);
  const { status, headers } = response;
  if (status === 401) service.tokens.forget();
  const bytesMax = defaultResultLimits.responseBytesMax;
  const { bytes, cut } = await collectBody(response, io, { bytesMax, progress });
  if (cut === 'size') return { refusal: `${tooLarge(bytesMax)} Ask for less, or for one page.` };
  return { response: { status, headers, body: bytes }, url: request.url, late: cut === 'time' };
}

/** Sends the request unless its origin is left alone, and notes how it went. */
async function sendNoted(
  { origins, egress, send }: OpenapiService,
  request: BuiltRequest,
  io: ExchangeIo,
): Promise<EgressResponse> {
  const settle = origins.enter(new URL(request.url).origin);
  try {
    const response = await sendRequest(egress, request, io, send);
    settle(response.status);
    return response;
  } catch (error) {
    settle(error instanceof GatewayError && UNANSWERED.has(error.code) ? 'unanswered' : 'unknown');
    throw error;
  }
}

const UNANSWERED: ReadonlySet<string> = new Set([
  'upstream_unavailable',
  'upstream_timeout',
  'upstream_failed',
]);

const tooLarge = (bytesMax: number): string =>
  `The answer is larger than ${Math.floor(bytesMax / 1024 / 1024)} MiB.`;

function withNote(result: JsonObject, text: string): JsonObject {
  const content = Array.isArray(result['content'])
    ? (result['content'] as readonly JsonObject[])
    : [];
  return { ...result, content: [...content, { type: 'text', text }] };
}
