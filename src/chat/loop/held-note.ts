import { limits } from '../../kernel/limits.ts';

/** What a user is told of tools that wait for somebody to look at them; undefined for none. */
export function heldNote(held: readonly string[]): string | undefined {
  if (held.length === 0) return undefined;
  const shown = held.slice(0, limits.chatToldHeldMax).map((name) => JSON.stringify(name));
  const more = held.length > shown.length ? ` and ${held.length - shown.length} more` : '';
  const what = `${shown.join(', ')}${more}`;
  return `Held back until an administrator has looked at what they say of themselves: ${what}.`;
}
