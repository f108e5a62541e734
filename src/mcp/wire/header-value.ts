const SENTINEL_START = '=?base64?';
const SENTINEL_END = '?=';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes a mirrored header value (2026-07-28 streamable-http, "Value Encoding").
 * `value` is what node:http gives. Undefined when it is not validly encoded.
 */
export function decodeHeaderValue(value: string): string | undefined {
  if (!value.startsWith(SENTINEL_START)) return isPlain(value) ? value : undefined;
  if (!value.endsWith(SENTINEL_END)) return isPlain(value) ? value : undefined;
  const body = value.slice(SENTINEL_START.length, -SENTINEL_END.length);
  if (!BASE64.test(body) || body.length % 4 !== 0) return undefined;
  return Buffer.from(body, 'base64').toString('utf8');
}

/** Encodes a value for a mirrored header: as it is when safe, else in the Base64 sentinel. */
export function encodeHeaderValue(value: string): string {
  const looksEncoded = value.startsWith(SENTINEL_START) && value.endsWith(SENTINEL_END);
  if (!looksEncoded && isPlain(value) && value.trim() === value && value !== '') return value;
  return `${SENTINEL_START}${Buffer.from(value, 'utf8').toString('base64')}${SENTINEL_END}`;
}

function isPlain(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code > 0x7e) return false;
  }
  return true;
}
