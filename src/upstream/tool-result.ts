import type { Json, JsonObject } from '../kernel/json.ts';

/** A content block of plain text (MCP server/tools, "Text Content"). */
export function textBlock(text: string): JsonObject {
  return { type: 'text', text };
}

/** A tool result of plain text. */
export function textResult(...texts: readonly string[]): JsonObject {
  return { content: texts.map(textBlock) };
}

/** A tool result that tells the model what went wrong and what to do about it. */
export function errorResult(...texts: readonly string[]): JsonObject {
  return { content: texts.map(textBlock), isError: true };
}

/** A tool result of structured content, with the same JSON as text and further notes. */
export function structuredResult(value: Json, ...notes: readonly string[]): JsonObject {
  return {
    content: [JSON.stringify(value), ...notes].map(textBlock),
    structuredContent: value,
  };
}
