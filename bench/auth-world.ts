import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAdmission } from '../src/identity/admission/create-admission.ts';
import type { CredentialKind } from '../src/identity/admission/credential-kind.ts';
import { createKeyCredentials } from '../src/identity/admission/key-credentials.ts';
import { makeKey } from '../src/identity/keys/make-key.ts';
import type { FoundKey } from '../src/identity/keys/store.ts';
import { createExternalCredentials } from '../src/identity/oauth/external/external-credentials.ts';
import { createTokenCredentials } from '../src/identity/tokens/token-credentials.ts';
import type { Egress } from '../src/kernel/egress.ts';
import { IdSource } from '../src/kernel/ids.ts';
import type { Admit } from '../src/kernel/principal.ts';
import { compilePermissions, holding } from '../src/policy/compile-permissions.ts';
import { A, BASE_URL, signInWorld } from '../test/support/sign-in-world.ts';

/** Where all of them call; tokens of the external issuer are good there only. */
export const RESOURCE = '/mcp';

const ISSUER = 'https://login.example/realms/one';
const KEYS_URL = `${ISSUER}/certs`;
const LIFE_SECONDS = 600;

/** A door and what callers show at it. */
export interface AuthWorld {
  readonly admit: Admit;
  /** What each kind of credential is called, and one text for each caller. */
  readonly credentials: readonly (readonly [name: string, texts: readonly string[]])[];
  /** Looks everybody up anew, so that all have been seen for as long as the door believes. */
  see(): Promise<void>;
}

/** Makes the door that a gateway has, with so many callers of each kind. */
export async function authWorld(callers: number): Promise<AuthWorld> {
  const kinds = await Promise.all([keys(callers), externalTokens(callers), ownTokens(callers)]);
  const admission = createAdmission({ kinds: kinds.map(({ kind }) => kind), now: Date.now });
  return {
    admit: admission.admit,
    credentials: kinds.map(({ name, texts }) => [name, texts]),
    see: async () => {
      admission.forgetTenant(A);
      for (const { texts } of kinds) {
        for (const text of texts) await admission.admit(text, RESOURCE);
      }
    },
  };
}

interface Kind {
  readonly name: string;
  readonly kind: CredentialKind;
  readonly texts: readonly string[];
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

async function keys(callers: number): Promise<Kind> {
  const keySecret = Buffer.alloc(32, 7);
  const maker = { keySecret, env: 'live', ids: new IdSource(), now: Date.now } as const;
  const subject = { kind: 'user', id: 'usr_1' } as const;
  const issued = numbers(callers).map((at) =>
    makeKey(maker, A, { subject, name: `caller ${at}`, expiresAtMs: null }),
  );
  const byHash = new Map<string, FoundKey>(issued.map((one) => [one.secret.hash, one]));
  const kind = createKeyCredentials({
    apiKeys: { find: async (hash) => byHash.get(hash) },
    members: { standing: async () => ({ ...holding('developer'), ownRoles: [] }) },
    keySecrets: [keySecret],
    permissionsOf: (standing) => compilePermissions(standing),
    now: Date.now,
  });
  return { name: 'API key', kind, texts: issued.map(({ plaintext }) => plaintext) };
}

/** Several tokens of one login, as a client has them after it renewed its own. */
async function ownTokens(callers: number): Promise<Kind> {
  const { authentication, people } = signInWorld({ startMs: Date.now() });
  people.add('ada');
  const { accessTokens, findHolder, loginTokens } = authentication;
  const { accessToken } = await loginTokens.issue(A, 'ada');
  const { userId, tenant, grantId } = await accessTokens.verify(accessToken);
  const grantEndMs = Date.now() + LIFE_SECONDS * 1000;
  const signed = await Promise.all(
    numbers(callers).map(() => accessTokens.sign({ userId, tenant, grantId, grantEndMs })),
  );
  const texts = signed.map(({ token }) => token);
  return { name: 'access token', kind: createTokenCredentials(accessTokens, findHolder), texts };
}

async function externalTokens(callers: number): Promise<Kind> {
  const pair = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
  const kind = createExternalCredentials({
    issuers: [{ issuer: ISSUER, tenant: 'one', jwksUrl: KEYS_URL, roles: {}, scopes: 'enforce' }],
    egress: { request: async () => answerOf({ keys: [jwk] }) },
    baseUrl: () => BASE_URL,
    link: async () => ({
      tenant: A,
      userId: 'usr_1',
      permissionsBy: (limits) => compilePermissions(holding('developer'), limits),
    }),
    now: Date.now,
  });
  const sign = (at: number): Promise<string> =>
    new SignJWT({ scope: 'openid mcp', azp: 'some-client', sid: `session-${at}` })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(`subject-${at}`)
      .setAudience(`${BASE_URL}${RESOURCE}`)
      .setIssuedAt()
      .setExpirationTime(`${LIFE_SECONDS}s`)
      .sign(pair.privateKey);
  const texts = await Promise.all(numbers(callers).map(sign));
  return { name: 'token of an external issuer', kind, texts };
}

function answerOf(document: object): Awaited<ReturnType<Egress['request']>> {
  return {
    status: 200,
    headers: {},
    bytes: async () => Buffer.from(JSON.stringify(document)),
    stream: () => {
      throw new Error('nobody reads the keys as a stream');
    },
    discard: () => {},
  };
}
