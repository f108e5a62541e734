import { GatewayError } from '../../../kernel/errors.ts';
import type { ServerSource } from '../model/operation-source.ts';

/** Where requests go, as far as the service's configuration says. */
export interface RequestBase {
  /** Takes the place of the document's servers. */
  readonly baseUrl?: string | undefined;
  /** The document's own address; relative server URLs are resolved against it. */
  readonly documentUrl?: string | undefined;
  /** The document's first server, to recognise servers of operations that share its origin. */
  readonly mainServer?: ServerSource | undefined;
  readonly pathSlash?: 'encode' | 'refuse';
}

/**
 * Chooses the server of an operation. A configured base replaces the document's main server and
 * moves operation servers of the same origin along; an operation server elsewhere stays.
 * Throws GatewayError `invalid_configuration` when no absolute address can be made.
 */
export function resolveServer(servers: readonly ServerSource[], base: RequestBase): URL {
  const declared = servers[0]?.url ?? '/';
  const main = base.mainServer?.url ?? declared;
  if (base.baseUrl === undefined) return absolute(declared, base.documentUrl);
  const configured = absolute(base.baseUrl, base.documentUrl);
  if (declared === main || !isAbsolute(declared)) {
    return declared === main ? configured : absolute(declared, configured.href);
  }
  const own = absolute(declared, base.documentUrl);
  const moves = !isAbsolute(main) || new URL(main).origin === own.origin;
  if (!moves || !isAbsolute(main)) return own;
  return new URL(`${configured.origin}${own.pathname}`);
}

const isAbsolute = (url: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(url);

function absolute(url: string, relativeTo: string | undefined): URL {
  const parsed = URL.canParse(url, relativeTo) ? new URL(url, relativeTo) : undefined;
  if (parsed === undefined || /[{}]/.test(url)) {
    throw invalid(`The server "${url}" is not an absolute address; configure "baseUrl".`);
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw invalid(`The server "${url}" is neither http: nor https:.`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid('A server address must not contain a user name or password.');
  }
  return parsed;
}

const invalid = (problem: string): GatewayError =>
  new GatewayError('invalid_configuration', problem);
