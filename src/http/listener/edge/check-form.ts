import type { IncomingMessage } from 'node:http';

/** Headers that name one thing; two of them are read differently by different programs. */
const ONCE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'x-api-key',
  'origin',
  'content-type',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'x-session-id',
]);

/** A name or an address with an optional port, and nothing of a URL around it (RFC 9110 §7.2). */
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(\/[^#]*)?$/i;

/** True for a Host header that every program reads alike. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/**
 * What is wrong with a request's form, as a sentence, or undefined: what node:http lets through
 * although others on the way may read it differently (RFC 9112 §2.3, §3.2). An absolute address
 * that names the Host is shortened to its path.
 */
export function formProblem(request: IncomingMessage): string | undefined {
  const { httpVersion, rawHeaders, url = '' } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'Speak HTTP/1.1.';
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return `The header ${name} must be sent once.`;
    seen.add(name);
  }
  const { host } = request.headers;
  if (host === undefined || !isHost(host)) return 'The header Host must be a name or an address.';
  if (url.startsWith('/')) return undefined;
  const [, authority, path = '/'] = ABSOLUTE.exec(url) ?? [];
  if (authority?.toLowerCase() !== host.toLowerCase()) {
    return 'The address must be a path, or name the same host as the header Host.';
  }
  // Whoever reads the request next sees the path.
  request.url = path;
  return undefined;
}
