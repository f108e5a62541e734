const DENIED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'authorization',
  'cookie',
  'set-cookie',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'forwarded',
  'via',
  'x-real-ip',
]);

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;

/** True for a header that a tool argument must never set: framing, identity, hops. */
export function isDeniedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return DENIED.has(lower) || /^(proxy-|mcp-|x-forwarded-|sec-)/.test(lower) || !TOKEN.test(name);
}

/** True when the name is a token (RFC 9110 §5.6.2). */
export function isToken(name: string): boolean {
  return TOKEN.test(name);
}
