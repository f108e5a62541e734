/** What the text of a key says of itself. */
export interface KeyText {
  /** Where it is good for, such as `live`. */
  readonly env: string;
  /** The digits of the key's id. */
  readonly digits: string;
  /** Random letters and digits. */
  readonly secret: string;
}

/** `mgw_live_` + 32 hexadecimal digits + `_` + random letters and digits. */
const SHAPE = /^mgw_([a-z0-9]{1,16})_([0-9a-f]{32})_([0-9A-Za-z]{32,64})$/;
/** Keys that were made before they named their environment: `mgw_` and 32 letters and digits. */
const FIRST_SHAPE = /^mgw_[0-9A-Za-z]{32,64}$/;
/** Of the digits of an id the first say when it was made: enough to recognise a key by. */
const SHOWN_DIGITS = 12;

/** The text of a key. */
export function writeKeyText({ env, digits, secret }: KeyText): string {
  return `mgw_${env}_${digits}_${secret}`;
}

/** Reads the text of a key; undefined for anything else, and for keys of the first shape. */
export function readKeyText(text: string): KeyText | undefined {
  const [, env, digits, secret] = SHAPE.exec(text) ?? [];
  if (env === undefined || digits === undefined || secret === undefined) return undefined;
  return { env, digits, secret };
}

/** True for what may be a key, old or new. */
export function isKeyText(text: string): boolean {
  return SHAPE.test(text) || FIRST_SHAPE.test(text);
}

/** The part of a key's text that is shown again. */
export function keyPrefix({ env, digits }: Pick<KeyText, 'env' | 'digits'>): string {
  return `mgw_${env}_${digits.slice(0, SHOWN_DIGITS)}`;
}
