/** Values that say nothing about the bytes; some servers name a charset or a transfer here. */
const MEANINGLESS = new Set(['', 'identity', 'none', 'binary', 'utf-8', 'utf8', 'aws-chunked']);

/**
 * The codings that a `Content-Encoding` names, in the order they were applied (RFC 9110 §8.4);
 * undefined when the bytes are as they are.
 */
export function contentCodings(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const named = value.split(',').map((one) => one.trim().toLowerCase());
  const codings = named.filter((one) => !MEANINGLESS.has(one));
  return codings.length === 0 ? undefined : codings;
}
