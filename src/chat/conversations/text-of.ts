import type { MessagePart } from './message.ts';

/** The text of a message. */
export function textOf(parts: readonly MessagePart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('');
}
