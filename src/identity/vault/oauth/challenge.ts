/** What a service says of the token it wants (RFC 6750 §3, RFC 9728 §5.1). */
export interface Challenge {
  readonly error: string | undefined;
  readonly scopes: readonly string[];
  /** Where the resource's metadata are. */
  readonly resourceMetadata: string | undefined;
}

const HEADER_LENGTH_MAX = 8_192;
const PARAMETER = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.){0,4096})"|([^\s",]{1,4096}))/g;

/** Reads the Bearer challenge of a `WWW-Authenticate`; without one nothing is known. */
export function readChallenge(header: string | undefined): Challenge {
  const found = new Map<string, string>();
  const start = header === undefined ? -1 : header.search(/(?:^|[\s,])bearer\b/i);
  const text = start === -1 ? '' : (header ?? '').slice(start, start + HEADER_LENGTH_MAX);
  for (const [, name = '', quoted, plain] of text.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const value = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1');
    if (!found.has(key) && value !== undefined) found.set(key, value);
  }
  return {
    error: found.get('error'),
    scopes: scopesOf(found.get('scope')),
    resourceMetadata: found.get('resource_metadata'),
  };
}

/** The scopes in a text, each once, in their order (RFC 6749 §3.3). */
export function scopesOf(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))];
}
