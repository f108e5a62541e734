/** A pattern in which `*` stands for any run of characters, cut into what it spells out. */
export type Wildcard = readonly string[];

/** Reads a pattern such as `orders__get*`. */
export function readWildcard(pattern: string): Wildcard {
  return pattern.split('*');
}

/**
 * True when the text is the literals in order with any runs between them. Greedy from the left,
 * so it never backtracks, however hostile the pattern is.
 */
export function matchesWildcard(literals: Wildcard, text: string): boolean {
  const [first = '', ...others] = literals;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const literal of others) {
    const found = text.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
