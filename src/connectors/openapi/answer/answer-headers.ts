import { objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { RequestPlan } from '../model/request-plan.ts';

/** Where programs find the documented headers of an answer. */
export const HEADERS_META = 'mcp-gateway/headers';

const VALUE_CHARACTERS_MAX = 500;

/**
 * Adds the headers that the document names for an answer: for programs always, and as text where
 * there is no body, because they are all that a model can read of it.
 */
export function withAnswerHeaders(
  result: JsonObject,
  { answerHeaders = [] }: RequestPlan,
  headers: Readonly<Record<string, string>>,
  isEmpty: boolean,
): JsonObject {
  const entries = answerHeaders.flatMap((name): [string, string][] => {
    const value = headers[name] ?? '';
    return value === '' ? [] : [[name, value.slice(0, VALUE_CHARACTERS_MAX).toWellFormed()]];
  });
  if (entries.length === 0) return result;
  const meta = { ...objectMember(result, '_meta'), [HEADERS_META]: Object.fromEntries(entries) };
  if (!isEmpty) return { ...result, _meta: meta };
  const blocks = Array.isArray(result['content']) ? (result['content'] as readonly Json[]) : [];
  const text = entries.map(([name, value]) => `${name}: ${value}`).join('\n');
  return { ...result, content: [...blocks, { type: 'text', text }], _meta: meta };
}
