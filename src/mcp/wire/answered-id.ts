/** How much of a message that is no JSON is looked at. */
const LOOKED_AT_BYTES = 4_096;
/** What counts in a message, outside of texts and in them. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}]/g;
const ID = /^\s*:\s*"?(\d{1,15})"?\s*[,}]/;
const METHOD = /^\s*:\s*"/;

/**
 * Which request a message was meant to answer although it is no MCP; undefined when it says none,
 * or is a server's own request. Only an id of the message itself counts, not one in its data: of a
 * long message the first bytes are read from its start, the last ones from its end. Only for
 * numbers, which is what the gateway sends.
 */
export function answeredId(bytes: Buffer): number | undefined {
  const isLong = bytes.length > LOOKED_AT_BYTES;
  const start = bytes.toString('latin1', 0, LOOKED_AT_BYTES);
  const found = idIn(start, 0);
  if (found !== undefined || !isLong) return found ?? undefined;
  const end = bytes.toString('latin1', bytes.length - LOOKED_AT_BYTES).trimEnd();
  return end.endsWith('}') ? (idIn(end, depthBefore(end)) ?? undefined) : undefined;
}

/** The id at depth 1; null for a message with a method, undefined when there is neither. */
function idIn(text: string, depthAtStart: number): number | null | undefined {
  let depth = depthAtStart;
  let id: number | undefined;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1) {
      const rest = text.slice(index + token.length, index + token.length + 40);
      if (token === '"method"' && METHOD.test(rest)) return null;
      const digits = token === '"id"' ? ID.exec(rest)?.[1] : undefined;
      if (digits !== undefined) id ??= Number(digits);
    }
  }
  return id;
}

/** How deep a text starts that ends with the end of a message. */
function depthBefore(text: string): number {
  let depth = 0;
  for (const { 0: token } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
  }
  return -depth;
}
