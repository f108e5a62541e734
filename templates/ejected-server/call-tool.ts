import { Cancellation } from '../../src/kernel/cancellation.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { ExchangeIo, McpOutcome } from '../../src/mcp/message.ts';
import { MODERN_VERSION } from '../../src/mcp/protocol.ts';
import { callerOf, type UpstreamRequest } from '../../src/upstream/upstream.ts';
import type { OpenedService } from './open-service.ts';

/** What a tool answers (MCP server/tools, "CallToolResult"). */
export interface ToolResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent?: Json;
  readonly isError?: boolean;
}

/**
 * Calls one operation from code, as a client's call would. An argument that cannot be sent and an
 * API's refusal are results with `isError`. Throws GatewayError when the API does not answer.
 */
export async function callTool(
  { tools }: OpenedService,
  name: string,
  input: object,
): Promise<ToolResult> {
  const params = { name, arguments: input as JsonObject };
  const request = requestOf('tools/call', params, false);
  const call = (io: ExchangeIo): Promise<McpOutcome> => tools.answer(request, io);
  return resultOf(await inTime({ notify: () => undefined }, call)) as unknown as ToolResult;
}

/** A request as the connector takes it. */
export function requestOf(
  method: string,
  params: JsonObject,
  wantsProgress: boolean,
): UpstreamRequest {
  const client = { era: 'modern', protocolVersion: MODERN_VERSION, capabilities: {} } as const;
  const caller = callerOf('', '');
  return { method, params, wantsProgress, client, caller };
}

/** The result of an outcome; the connector answers in no other way. */
export function resultOf(outcome: McpOutcome): JsonObject {
  if ('result' in outcome) return outcome.result.value;
  throw new GatewayError('internal');
}

/** Runs one exchange and cuts it at its deadline, or when the client gives up. */
export async function inTime<T>(
  { notify, signal }: Pick<ExchangeIo, 'notify'> & { readonly signal?: AbortSignal },
  work: (io: ExchangeIo) => Promise<T>,
): Promise<T> {
  const cancellation = new Cancellation();
  const giveUp = (): void => cancellation.cancel('cancelled');
  const timer = setTimeout(() => cancellation.cancel('deadline'), limits.exchangeTotalMs);
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const deadlineMs = Date.now() + limits.exchangeTotalMs;
    return await work({ cancellation, deadlineMs, notified: 0, notify });
  } catch (error) {
    const isCut = error instanceof GatewayError && error.code === 'cancelled';
    throw isCut && cancellation.reason === 'deadline'
      ? new GatewayError('upstream_timeout')
      : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
