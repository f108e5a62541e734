import { request } from 'node:http';
import { OAuthBrowser } from '../../support/oauth-browser.ts';
import type { SignInPerson } from '../../support/add-person.ts';
import { textOf } from './client.ts';
import type { World } from './open-world.ts';

/** A browser whose person signs in where it is asked to. */
export function browserOf(person: SignInPerson): OAuthBrowser {
  const browser = new OAuthBrowser();
  const authorize = browser.authorize.bind(browser);
  browser.authorize = (url, more) => authorize(url, { ...person, ...more });
  return browser;
}

/** What came of an attempt to sign in. */
export interface Attempt {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
  readonly tookMs: number;
}

/** Tries a password from an address of this machine, 127.0.0.0/8. */
export function trySignIn(
  { gateway, answers }: World,
  from: string,
  login: string,
  password: string,
): Promise<Attempt> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      `${gateway.url}/auth/authenticate`,
      {
        method: 'POST',
        localAddress: from,
        agent: false,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          answers.note(text);
          const retryAfter = response.headers['retry-after'];
          const tookMs = performance.now() - started;
          resolve({ status: response.statusCode ?? 0, text, retryAfter, tookMs });
        });
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ login, password }));
  });
}

/** A browser that is signed in: what it sends with every request, and with a change. */
export interface SignedInBrowser {
  readonly cookie: string;
  readonly csrfToken: string;
  /** The line that set the cookie. */
  readonly setCookie: string;
}

/** Signs a browser in; `cookie` is what it had before. */
export async function signInBrowser(
  { client }: World,
  person: SignInPerson,
  cookie?: string,
): Promise<SignedInBrowser> {
  const headers = cookie === undefined ? {} : { cookie };
  const came = await client.send('POST', '/auth/sessions', { headers, body: { ...person } });
  if (came.status !== 201) throw new Error(`Not signed in: ${came.status} ${came.text}`);
  const setCookie = came.headers.get('set-cookie') ?? '';
  const [own = ''] = setCookie.split(';');
  return { cookie: own, csrfToken: textOf(came.json, 'csrfToken'), setCookie };
}

/** An access token of a person's login. */
export async function signedIn({ client }: World, person: SignInPerson): Promise<string> {
  const { json } = await client.send('POST', '/auth/authenticate', { body: { ...person } });
  return textOf(json, 'accessToken');
}
