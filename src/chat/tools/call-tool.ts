import type { Gateway } from '../../gateway/gateway.ts';
import { handleInTime } from '../../gateway/handle-in-time.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { RpcError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { pause } from '../../kernel/pause.ts';
import type { Principal } from '../../kernel/principal.ts';
import { keptOutcome } from '../../mcp/kept-outcome.ts';
import type { ClientProfile, ExchangeIo, McpNotification } from '../../mcp/message.ts';
import { MODERN_VERSION, rpcCode } from '../../mcp/protocol.ts';

/** The chat as services see it: its user can be asked, and it has a model. */
const chatClient: ClientProfile = {
  era: 'modern',
  protocolVersion: MODERN_VERSION,
  info: { name: 'mcp-gateway-chat', version: '1' },
  capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
  waitsForTasks: true,
};

/** The pause before a request that is only to be asked again is asked again. */
const ASK_AGAIN_MS = 1_000;

/** One call of a tool through the spine. */
export interface ToolCall {
  /** Its `actor` is the run. */
  readonly principal: Principal;
  /** The public name. */
  readonly tool: string;
  readonly given: JsonObject;
  /** Answers to what the service asked in the round before. */
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  progress(progress: JsonObject): void;
}

/** What came of it; what fails is thrown as the spine throws it. */
export type ToolAnswer =
  | { readonly state: 'done'; readonly result: JsonObject }
  | {
      readonly state: 'asked';
      /** At least one. */
      readonly inputRequests: Readonly<Record<string, JsonObject>>;
      readonly requestState: string | undefined;
    };

/** The answer, and under which id each exchange with the service is recorded. */
export interface CalledTool {
  readonly answer: ToolAnswer;
  readonly usageId: string | null;
}

/** Calls a tool; one that only wants to be asked again is. */
export async function callTool(
  gateway: Pick<Gateway, 'handle'>,
  call: ToolCall,
): Promise<CalledTool> {
  const io = new ChatIo(call);
  const abort = (): void => io.cancellation.cancel('cancelled');
  const late = setTimeout(() => io.cancellation.cancel('deadline'), call.deadlineMs - Date.now());
  call.signal.addEventListener('abort', abort, { once: true });
  if (call.signal.aborted) abort();
  try {
    return await callInRounds(gateway, call, io);
  } catch (error) {
    throw new FailedCall(error, io.usageId);
  } finally {
    clearTimeout(late);
    call.signal.removeEventListener('abort', abort);
  }
}

/** What the spine threw, with the id of the record that it left. */
export class FailedCall extends Error {
  readonly usageId: string | null;

  constructor(cause: unknown, usageId: string | null) {
    super('The call failed.', { cause });
    this.name = 'FailedCall';
    this.usageId = usageId;
  }
}

async function callInRounds(
  gateway: Pick<Gateway, 'handle'>,
  call: ToolCall,
  io: ChatIo,
): Promise<CalledTool> {
  let state = call.requestState;
  for (let round = 0; round < limits.inputRoundsMax; round++) {
    const { principal, tool, given } = call;
    const { inputResponses } = round === 0 ? call : {};
    const params = {
      name: tool,
      arguments: given,
      ...(inputResponses === undefined ? {} : { inputResponses }),
      ...(state === undefined ? {} : { requestState: state }),
    };
    const client = chatClient;
    const outcome = await handleInTime(gateway, {
      principal,
      endpoint: { kind: 'all' },
      request: { method: 'tools/call', params, client, wantsProgress: true },
      io,
      bytesIn: Buffer.byteLength(JSON.stringify(params)),
      sessionId: null,
      headers: undefined,
      answer: undefined,
      startedAtMs: Date.now(),
      startedMonotonicMs: performance.now(),
    });
    const { usageId } = io;
    if (outcome.resultType !== 'input_required') {
      return { answer: { state: 'done', result: keptOutcome(outcome).result.value }, usageId };
    }
    const { inputRequests = {}, requestState } = outcome;
    if (Object.keys(inputRequests).length > 0) {
      return { answer: { state: 'asked', inputRequests, requestState }, usageId };
    }
    await pause(ASK_AGAIN_MS, io.cancellation);
    state = requestState;
  }
  throw new RpcError(rpcCode.internalError, 'The service keeps asking to be asked again.');
}

/** The way back of one call of a chat. */
class ChatIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs: number;
  notified = 0;
  usageId: string | null = null;
  readonly #progress: ToolCall['progress'];

  constructor({ deadlineMs, progress }: ToolCall) {
    this.deadlineMs = Math.min(deadlineMs, Date.now() + limits.exchangeTotalMs);
    this.#progress = progress;
  }

  notify({ method, params }: McpNotification): undefined {
    if (method !== 'notifications/progress' || this.cancellation.reason !== undefined) return;
    this.notified++;
    this.#progress(params);
  }

  recorded(usageId: string): void {
    this.usageId = usageId;
  }
}
