/**
 * About how many tokens a model reads a text as. Common tokenizers take three to four characters of
 * English or JSON for a token, and about one of most other scripts.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x24f) wide += 1;
  return Math.ceil((text.length - wide) / 3.6 + wide);
}
