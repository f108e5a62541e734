import { TOTP } from 'otpauth';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { authorizeUrl, makePkce, OAuthBrowser } from '../../support/oauth-browser.ts';
import { textIn, type SecretWorld } from './secret-world.ts';

/** Somebody whose password is planted. */
interface Somebody {
  readonly login: string;
  readonly password: string;
}

async function invite({ plants, done, ask }: SecretWorld, login: string): Promise<Somebody> {
  const made = await done('POST', '/api/v1/invitations', { roles: ['developer'] });
  const token = plants.add('invitation', textIn(made, 'token'));
  const password = plants.make('password');
  const body = { token, login, name: login, password };
  const { status, text } = await ask('POST', '/auth/invitations/accept', { body });
  if (status >= 300) throw new Error(text);
  return { login, password };
}

/** Plants what people sign in by; the access token of somebody who is signed in. */
export async function plantLogins(world: SecretWorld): Promise<string> {
  const { plants, done, ask } = world;
  const ada = await invite(world, 'ada');
  await done('POST', '/api/v1/invitations', { roles: ['viewer'], email: 'eve@mail.example' }).then(
    (open) => plants.add('invitation', textIn(open, 'token')),
  );
  const { json: first } = await ask('POST', '/auth/authenticate', { body: { ...ada } });
  const refreshToken = plants.add('refresh token', textIn(first, 'refreshToken'));
  const access = plants.add('access token', textIn(first, 'accessToken'));
  const { json: next } = await ask('POST', '/auth/refresh', { body: { refreshToken } });
  plants.add('next refresh token', textIn(next, 'refreshToken'));
  plants.add('access token', textIn(next, 'accessToken'));
  const { password } = ada;
  const factor = await done('POST', '/auth/second-factor', { password }, access);
  const secret = plants.add('TOTP secret', textIn(factor, 'secret'));
  const totp = new TOTP({ secret }).generate();
  const codes = await done('POST', '/auth/second-factor/confirm', { totp }, access);
  for (const code of codes['recoveryCodes'] as readonly string[]) plants.add('recovery code', code);

  const bob = await invite(world, 'bob');
  const signed = await ask('POST', '/auth/sessions', { body: { ...bob } });
  const cookie = /=([^;]+)/.exec(signed.headers.get('set-cookie') ?? '')?.[1] ?? '';
  plants.add('browser cookie', cookie);
  const { users } = await done('GET', '/api/v1/users');
  const found = (users as readonly JsonObject[]).find(({ login }) => login === 'bob');
  const reset = await done('POST', `/api/v1/users/${textIn(found ?? {}, 'id')}/password-reset`);
  plants.add('password reset', textIn(reset, 'token'));
  await ask('POST', '/auth/password/forgotten', { body: { login: 'ada' } });
  await plantOAuth(world, bob);
  await plantKeys(world);
  return access;
}

/** A login through the authorization server, by a client that has a secret. */
async function plantOAuth({ plants, done, gateway }: SecretWorld, person: Somebody): Promise<void> {
  const redirectUri = 'http://127.0.0.1:45990/callback';
  const client = { name: 'Desk', redirectUris: [redirectUri], kind: 'confidential' };
  const made = await done('POST', '/api/v1/oauth-clients', client);
  const secret = plants.add('OAuth client secret', textIn(made, 'clientSecret'));
  const id = textIn(made, 'clientId');
  const { verifier, challenge } = makePkce();
  const url = authorizeUrl(gateway.url, { id, redirectUri }, challenge);
  const { answer, pages } = await new OAuthBrowser().authorize(url, { ...person });
  const code = answer?.searchParams.get('code');
  if (typeof code !== 'string') throw new Error(pages.at(-1));
  plants.add('OAuth code', code);
  const response = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource: `${gateway.url}/mcp`,
    }),
  });
  const tokens = (await response.json()) as JsonObject;
  plants.add('OAuth access token', textIn(tokens, 'access_token'));
  plants.add('OAuth refresh token', textIn(tokens, 'refresh_token'));
}

async function plantKeys({ plants, done }: SecretWorld): Promise<void> {
  const account = await done('POST', '/api/v1/service-accounts', { name: 'ci', roles: ['viewer'] });
  const subject = { name: 'ci', serviceAccountId: textIn(account, 'id') };
  const made = await done('POST', '/api/v1/keys', subject);
  plants.add('API key', textIn(made, 'apiKey'));
  const path = `/api/v1/keys/${textIn(made, 'id')}/rotate`;
  const rotated = await done('POST', path, { graceMs: 3_600_000 });
  plants.add('rotated API key', textIn(rotated, 'apiKey'));
}
