import type { Json } from '../../../kernel/json.ts';

/**
 * True for a pattern that looks ahead or behind, or back at a group. OpenAI's structured outputs
 * and Gemini compile patterns to automata, which cannot, and refuse the whole request.
 */
export function looksAround(pattern: Json | undefined): boolean {
  if (typeof pattern !== 'string') return false;
  const plain = pattern.replace(/\\([^1-9k])/g, '').replace(/\[(?:[^\]\\]|\\.)*\]/g, '');
  return /\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</.test(plain);
}
