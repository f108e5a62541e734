import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { OAuthBrowser } from '../../support/oauth-browser.ts';
import { startGateway, type RunningGateway } from '../../support/start-gateway.ts';

/** What the control plane answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly json: JsonObject;
  readonly etag: string;
}

/** A gateway and a provider, each a process of its own. */
export interface SsoWorld extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly issuer: string;
  api(key: string, method: string, path: string, body?: JsonObject): Promise<ApiAnswer>;
  /** Makes a connection of the key's tenant to the provider. */
  connect(key: string, change?: JsonObject): Promise<JsonObject>;
  /** Who signs in at the provider next. */
  person(sub: string, claims?: JsonObject): Promise<void>;
  /** The provider says that a login is over. */
  logout(sub: string, sid: string): Promise<void>;
}

/** The secret of the gateway at the provider; it must be seen nowhere. */
export const CLIENT_SECRET = 'CANARY-client-secret-0123456789';

/** Starts both. */
export async function startSso(): Promise<SsoWorld> {
  await using stack = new AsyncDisposableStack();
  const gateway = await startGateway();
  stack.defer(() => gateway.stop());
  const issuer = await startProvider(stack, gateway.url);
  const api: SsoWorld['api'] = async (key, method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${gateway.url}${path}`, { method, headers, ...sent });
    const text = await response.text();
    const json = text === '' ? {} : (JSON.parse(text) as JsonObject);
    return { status: response.status, json, etag: response.headers.get('etag') ?? '' };
  };
  const tell = async (path: string, body: JsonObject): Promise<void> => {
    const response = await fetch(`${issuer}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(await response.text());
    await response.text();
  };
  const owned = stack.move();
  return {
    gateway,
    issuer,
    api,
    connect: async (key, change = {}) => {
      const { status, json } = await api(key, 'POST', '/api/v1/sso-connections', {
        name: 'Acme',
        issuer,
        clientId: 'gateway',
        clientSecret: CLIENT_SECRET,
        groupsClaim: 'groups',
        roles: { staff: ['developer'], leads: ['admin'] },
        jit: true,
        ...change,
      });
      if (status !== 201) throw new Error(JSON.stringify(json));
      return json;
    },
    person: (sub, claims = {}) => tell('/person', { sub, claims }),
    logout: (sub, sid) => tell('/logout', { sub, sid }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A browser that walks until it comes to `stopAt`; the answers that it is to go on from. */
export class SsoBrowser extends OAuthBrowser {
  /** Follows redirects from an address until one begins with `stopAt`; that address. */
  async walk(from: string, stopAt: string, change = (url: string) => url): Promise<string> {
    let next = from;
    for (let steps = 0; steps < 8; steps++) {
      const response = await this.ask(next);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) throw new Error(`stuck at ${next}: ${response.status} ${text}`);
      next = change(new URL(location, next).href);
      if (next.startsWith(stopAt)) return next;
    }
    throw new Error('the way does not end');
  }
}

/** Starts a provider whose client's pages are below `back`; returns its issuer. */
export async function startProvider(stack: AsyncDisposableStack, back: string): Promise<string> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', main, 'gateway', CLIENT_SECRET, back];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'ignore'] });
  stack.defer(() => void child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) return (JSON.parse(line) as { issuer: string }).issuer;
  }
  throw new Error('The provider did not start');
}
