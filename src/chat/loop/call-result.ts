import { COST_META } from '../../gateway/steps/shown-cost.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { isJsonObject, objectMember, type JsonObject } from '../../kernel/json.ts';
import type {
  TextPart,
  ToolCallEnd,
  ToolCallPart,
  ToolCost,
  ToolResultPart,
} from '../conversations/message.ts';

/** A result that the gateway itself has for a call. */
export function ownResult(
  { callId, tool }: ToolCallPart,
  end: ToolCallEnd,
  text: string,
  more: { readonly durationMs?: number; readonly usageId?: string | null } = {},
): ToolResultPart {
  const content: readonly TextPart[] = [{ type: 'text', text }];
  const { durationMs = 0, usageId = null } = more;
  return { type: 'tool_result', callId, tool, end, content, durationMs, usageId };
}

/** What a model is told of an error; nothing of one that the gateway does not know. */
export function errorText(error: unknown): string {
  if (error instanceof GatewayError || error instanceof RpcError) return error.message;
  return 'The gateway failed at this call; its log says why.';
}

/** What a result says of its cost. */
export function costOf(result: JsonObject): ToolCost | undefined {
  const said = objectMember(result, '_meta')?.[COST_META];
  if (!isJsonObject(said)) return undefined;
  const { amount, currency } = said;
  if (typeof amount !== 'string' || typeof currency !== 'string') return undefined;
  return { amount, currency };
}
