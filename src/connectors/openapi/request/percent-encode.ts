const RESERVED_IN_QUERY = /[^A-Za-z0-9\-._~:/?@!$'()*,;=]/gu;
const RESERVED_IN_PATH = /[^A-Za-z0-9\-._~:@!$&'()*+,;=]/gu;

const octets = (text: string): string =>
  Array.from(
    Buffer.from(text),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

/** Percent-encodes everything but RFC 3986 "unreserved" (RFC 6570 §3.2.2). */
export function percentEncode(text: string): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(text)) return text;
  return text.toWellFormed().replace(/[^A-Za-z0-9\-._~]+/gu, octets);
}

/**
 * Reserved expansion (RFC 6570 §3.2.3): reserved characters and percent-encoded triples pass,
 * except those that would end the component or split it (OAS 3.1.1 Parameter, `allowReserved`).
 */
export function percentEncodeReserved(text: string, component: 'path' | 'query'): string {
  const others = component === 'path' ? RESERVED_IN_PATH : RESERVED_IN_QUERY;
  return text
    .toWellFormed()
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((piece, at) => (at % 2 === 1 ? piece : piece.replace(others, octets)))
    .join('');
}

/** Encodes a query parameter's name; `$`, `:` and `@` stay readable. */
export function percentEncodeName(name: string): string {
  return percentEncode(name).replace(/%(24|3A|40)/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
