/** Everything that the gateway answered while a case ran. */
export class Answers {
  #texts: string[] = [];

  note(text: string): void {
    this.#texts.push(text);
  }

  /** Takes what was noted since the last time. */
  take(): readonly string[] {
    const texts = this.#texts;
    this.#texts = [];
    return texts;
  }
}

/** What an answer must never show of the inside: stacks, files, statements of SQL. */
const INSIDE = [
  /\bat \S+ \([^)]*:\d+:\d+\)/,
  /node:internal|node_modules|file:\/\/\//,
  /\/src\/[a-z-]+\/|\.ts:\d+/,
  // Statements of our own; those of an SQL service are its administrator's to see.
  /\b(?:FROM|INTO|UPDATE|JOIN) "?(?:tenant|account|membership|api_key|service|usage|lease|bundle)/,
  /SQLITE_|sqlite3?_|E(?:NOENT|ACCES|CONNREFUSED|PIPE)\b/,
];

/** What an answer shows of the inside, or undefined. */
export function insideShown(text: string): string | undefined {
  for (const pattern of INSIDE) {
    const found = pattern.exec(text);
    if (found !== null) return found[0];
  }
  return undefined;
}
