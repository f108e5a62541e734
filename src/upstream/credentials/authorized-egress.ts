import type { Egress, EgressRequest, EgressResponse } from '../../kernel/egress.ts';
import type { Authorizer, CredentialParts } from './authorizer.ts';

/** How often a request is sent with yet another credential. */
const TRIES_MAX = 3;
const SCOPE = /\binsufficient_scope\b/;

/**
 * The way out with credentials: they are added to what goes to the origins they belong to, and to
 * nothing else. What is refused for its credential is sent once more with a better one.
 */
export function authorizedEgress(
  egress: Egress,
  origins: ReadonlySet<string>,
  authorizer: Authorizer,
): Egress {
  const isOwn = (url: string): boolean => origins.has(originOf(url));
  return {
    connect: (target) => egress.connect(target),
    openWebSocket: async (request) => {
      if (!isOwn(request.url)) return await egress.openWebSocket(request);
      const { url, headers } = withParts(request, await authorizer.parts());
      return await egress.openWebSocket({ ...request, url, headers });
    },
    request: async (request) => {
      if (!isOwn(request.url)) return await egress.request(request);
      return await send(egress, request, authorizer);
    },
  };
}

/** The origin that credentials belong to; a WebSocket has the one of its handshake. */
export function originOf(url: string): string {
  return new URL(url.replace(/^ws/, 'http')).origin;
}

async function send(
  egress: Egress,
  request: EgressRequest,
  authorizer: Authorizer,
): Promise<EgressResponse> {
  let parts = await authorizer.parts();
  for (let tries = 1; ; tries++) {
    const response = await egress.request({ ...request, ...withParts(request, parts) });
    const { status, headers } = response;
    const challenge = headers['www-authenticate'];
    const isRefused = status === 401 || (status === 403 && SCOPE.test(challenge ?? ''));
    if (!isRefused || tries >= TRIES_MAX) return response;
    try {
      const next = await authorizer.instead({ token: parts.token, status, challenge });
      if (next === undefined) return response;
      parts = next;
    } catch (error) {
      response.discard();
      throw error;
    }
    response.discard();
  }
}

/** The address and headers of a request with what proves its right; that wins over all else. */
function withParts(
  { url, headers }: Pick<EgressRequest, 'url' | 'headers'>,
  parts: CredentialParts,
): Pick<EgressRequest, 'url' | 'headers'> {
  const merged: Record<string, string> = { ...headers, ...parts.headers };
  if (parts.cookies !== undefined) {
    const own = Object.entries(parts.cookies).map(([name, value]) => `${name}=${value}`);
    const { cookie } = merged;
    merged['cookie'] = [...(cookie === undefined ? [] : [cookie]), ...own].join('; ');
  }
  if (parts.query === undefined) return { url, headers: merged };
  const address = new URL(url);
  for (const [name, value] of Object.entries(parts.query)) address.searchParams.set(name, value);
  return { url: address.href, headers: merged };
}
