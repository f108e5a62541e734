const SHOWN_CHARACTERS = 128;

/** A name that a caller made up, short enough to be said again in an error. */
export function shownName(name: string): string {
  if (name.length <= SHOWN_CHARACTERS) return name;
  return `${name.slice(0, SHOWN_CHARACTERS).toWellFormed()}…`;
}
