import { createHash, randomBytes } from 'node:crypto';

/** A person's browser, as far as the pages of an authorization server need one. */
export class OAuthBrowser {
  /** By name and path. */
  readonly #cookies = new Map<string, { path: string; value: string }>();
  /** Where each request is sent instead; several instances may take turns. */
  readonly #rewrite: (url: string) => string;

  constructor(rewrite: (url: string) => string = (url) => url) {
    this.#rewrite = rewrite;
  }

  /** Asks for an address, or sends a form to it; follows no redirect. */
  async ask(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const { pathname, origin, host } = new URL(url);
    const cookie = this.cookies(url);
    const response = await fetch(this.#rewrite(url), {
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        host,
        ...(cookie === '' ? {} : { cookie }),
        ...(form === undefined ? {} : { origin, 'sec-fetch-site': 'same-origin' }),
      },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line, pathname);
    return response;
  }

  /** The `Cookie` header that it sends to an address. */
  cookies(url: string): string {
    const { pathname } = new URL(url);
    const held = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path));
    return held.map(([name, { value }]) => `${name.split(' ')[0]}=${value}`).join('; ');
  }

  /**
   * Goes through an authorization: signs in where it is asked to, consents, and stops where the
   * client is answered. Returns that address, or the page it is stuck on.
   */
  async authorize(
    url: string,
    { login = 'ada', password = 'secret', ...more }: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly answer?: URL; readonly status: number; readonly pages: string[] }> {
    const pages: string[] = [];
    let next = url;
    for (let steps = 0; steps < 12; steps++) {
      const response = await this.ask(next);
      const location = response.headers.get('location');
      if (location === null) {
        const html = await response.text();
        pages.push(html);
        if (!html.includes('<form')) return { status: response.status, pages };
        const form = html.includes('name="password"')
          ? { login, password, decision: 'sign-in', ...more }
          : { decision: 'allow', tenant: tenantOf(html), ...more };
        const sent = await this.ask(next, form);
        const after = sent.headers.get('location');
        if (after === null) {
          pages.push(await sent.text());
          return { status: sent.status, pages };
        }
        next = new URL(after, next).href;
      } else {
        await response.body?.cancel();
        next = new URL(location, next).href;
      }
      const { origin } = new URL(url);
      if (!next.startsWith(`${origin}/`)) return { answer: new URL(next), status: 303, pages };
    }
    throw new Error('the flow does not end');
  }

  #keep(line: string, askedPath: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? askedPath;
    const isGone = value === '' || attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one));
    if (isGone) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { path, value });
  }
}

function tenantOf(html: string): string {
  return /(?:name="tenant" value|<option value)="([^"]+)"/.exec(html)?.[1] ?? '';
}

/** A verifier for PKCE and its S256 challenge. */
export function makePkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** A client of an authorization server, as a test drives it. */
export interface TestClient {
  readonly id: string;
  readonly redirectUri: string;
  readonly resource?: string;
  readonly scope?: string;
}

/** The address that begins an authorization; `change` replaces parameters, or removes them (''). */
export function authorizeUrl(
  issuer: string,
  client: TestClient,
  challenge: string,
  change: Readonly<Record<string, string>> = {},
): string {
  const params = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'state-1',
    scope: client.scope ?? 'mcp',
    resource: client.resource ?? `${issuer}/mcp`,
  });
  for (const [name, value] of Object.entries(change)) {
    if (value === '') params.delete(name);
    else params.set(name, value);
  }
  return `${issuer}/oauth/authorize?${params}`;
}

/** What a token endpoint answered. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string | undefined>>;
}

/** Asks a token endpoint. */
export async function askToken(
  issuer: string,
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] };
}

/** Goes through a whole login: consent, code and tokens. */
export async function logIn(
  issuer: string,
  client: TestClient,
  browser: OAuthBrowser = new OAuthBrowser(),
): Promise<TokenAnswer> {
  const { verifier, challenge } = makePkce();
  const { answer, pages } = await browser.authorize(authorizeUrl(issuer, client, challenge));
  const code = answer?.searchParams.get('code');
  if (code === undefined || code === null) throw new Error(`no code: ${answer} ${pages.at(-1)}`);
  return askToken(issuer, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    client_id: client.id,
    code_verifier: verifier,
    resource: client.resource ?? `${issuer}/mcp`,
  });
}

/** Registers a client by itself (RFC 7591). */
export async function registerClient(
  issuer: string,
  metadata: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, string>> }> {
  const response = await fetch(`${issuer}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Test client',
      redirect_uris: ['http://127.0.0.1:1234/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      ...metadata,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
