import { GatewayError, RpcError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { Permitted } from '../exchange.ts';
import type { Filter } from '../filter.ts';
import { contentOf, guardedSubject } from '../guardrails/guarded-parts.ts';
import type { CaptureDesk, CapturedCall } from './capture-desk.ts';
import { leftOut } from './captured-content.ts';

/**
 * Shows calls to the desk that captures them, and changes neither a call nor what its answer waits
 * for: a result that is streamed is not held back to be captured. Where no tenant captures, it is
 * not in the way of anything.
 */
export function createCaptureFilter(desk: Pick<CaptureDesk, 'isOn' | 'wants' | 'keep'>): Filter {
  return {
    concerns: (exchange) => desk.isOn && isWanted(desk, exchange),
    needsWhole: () => false,
    filter: async (exchange, next) => {
      try {
        const outcome = await next(exchange);
        desk.keep(callOf(exchange, outcome.resultType, resultOf(outcome)));
        return outcome;
      } catch (error) {
        desk.keep(callOf(exchange, errorWord(error), null));
        throw error;
      }
    },
  };
}

function isWanted(desk: Pick<CaptureDesk, 'wants'>, exchange: Permitted): boolean {
  const subject = guardedSubject(exchange);
  if (subject === undefined) return false;
  const { tenant } = exchange.principal;
  const { tool, lives } = subject;
  return lives.some(({ service }) => desk.wants(tenant, service.slug, tool, exchange.attemptId));
}

function callOf(exchange: Permitted, outcome: string, result: Json): CapturedCall {
  const { principal, request, workId } = exchange;
  const subject = guardedSubject(exchange);
  const service = subject?.lives[0]?.service;
  return {
    tenant: principal.tenant,
    userId: principal.subject.id,
    grantId: principal.grantId,
    serviceId: service?.id ?? '',
    serviceSlug: service?.slug ?? '',
    method: request.method,
    tool: subject?.tool ?? null,
    outcome,
    workId,
    // Never the headers, never `_meta`: credentials travel there.
    arguments: contentOf(exchange),
    result,
  };
}

/** Read at once: the memory of a result is lent, and somebody else's once the answer was sent. */
function resultOf(outcome: McpOutcome): Json {
  if (outcome.resultType === 'piped') return leftOut(outcome.bytes);
  if (outcome.resultType === 'input_required') return outcome.inputRequests ?? {};
  const { bytes } = outcome.result;
  if (bytes.length > limits.captureReadBytesMax) return leftOut(bytes.length);
  try {
    return outcome.result.value;
  } catch {
    // What is no JSON is the client's to notice, as without a capture.
    return leftOut(bytes.length);
  }
}

/** An error's code: its text may say what is in the content. */
function errorWord(error: unknown): string {
  if (error instanceof GatewayError) return error.code;
  return error instanceof RpcError ? String(error.rpcCode) : 'internal';
}
