import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import type { Egress } from '../../src/kernel/egress.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { permissionNames, type Permission } from '../../src/kernel/permissions.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { Seal } from '../../src/kernel/seal.ts';
import {
  createEmbeddedServer,
  type EmbeddedServerOptions,
} from '../../src/identity/oauth/embedded/create-embedded-server.ts';
import type {
  OAuthGrant,
  OAuthGrants,
  OAuthPeople,
  ProviderKeys,
  RefreshFamilies,
} from '../../src/identity/oauth/embedded/ports.ts';
import type { Artifact, OAuthClient } from '../../src/identity/oauth/store.ts';
import { artifactStore, clientStore } from './memory-oauth-stores.ts';

/** An authorization server on loopback whose people, grants and stores are in memory. */
export interface OAuthWorld extends AsyncDisposable {
  readonly url: string;
  /** By login; the password is `secret`. */
  readonly people: Map<string, TestPerson>;
  readonly grants: Map<string, OAuthGrant>;
  readonly artifacts: Map<string, Artifact>;
  readonly clients: Map<string, OAuthClient>;
  /** Refresh tokens by text. */
  readonly refreshTokens: Map<string, { grant: OAuthGrant; usedAtMs?: number; next?: string }>;
  readonly documents: Map<string, { readonly status?: number; readonly body: string }>;
  /** The URLs that were fetched. */
  readonly fetched: string[];
  readonly clock: { nowMs: number };
}

/** A person who may sign in. */
export interface TestPerson {
  readonly userId: string;
  readonly code?: string;
  readonly memberships: Readonly<Record<string, readonly Permission[]>>;
}

const REUSE_MS = 30_000;

/** Starts it; its only person is `ada`, who may do everything in the tenant `ten_a`. */
export async function startOAuthWorld(
  change: Partial<EmbeddedServerOptions> = {},
): Promise<OAuthWorld> {
  const keys = await signingKeys();
  const parts = worldParts();
  let url = '';
  const embedded = createEmbeddedServer({
    artifacts: artifactStore(parts.artifacts),
    clients: clientStore(parts.clients),
    grants: grantsOf(parts),
    families: familiesOf(parts),
    people: peopleOf(parts.people),
    logins: {
      only: () => Promise.resolve(undefined),
      discover: () => Promise.resolve(undefined),
      loggedIn: () => Promise.resolve(undefined),
    },
    keys: () => Promise.resolve(keys),
    seal: new Seal([{ id: 'k1', secret: Buffer.alloc(32, 7) }], 'oauth'),
    cookieKeys: ['cookie key'],
    egress: egressOf(parts),
    registers: true,
    tokenIssuer: () => url,
    log: silentLog,
    now: () => parts.clock.nowMs,
    ...change,
  });
  const server = createServer((request, response) => {
    const baseUrl = `http://${request.headers.host ?? ''}`;
    void embedded.serve({ request, response, baseUrl, address: '127.0.0.1' });
  });
  url = await listen(server);
  return {
    url,
    ...parts,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Parts = Omit<OAuthWorld, 'url' | typeof Symbol.asyncDispose>;

function worldParts(): Parts {
  const ada = { userId: 'usr_ada', memberships: { ten_a: permissionNames } };
  return {
    people: new Map<string, TestPerson>([['ada', ada]]),
    grants: new Map(),
    artifacts: new Map(),
    clients: new Map(),
    refreshTokens: new Map(),
    documents: new Map(),
    fetched: [],
    clock: { nowMs: Date.now() },
  };
}

/** A signing key as the provider takes it. */
export async function signingKeys(version = 'v1'): Promise<ProviderKeys> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: `kid-${version}`, alg: 'EdDSA', use: 'sig' };
  return { version, keys: [jwk] };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

function peopleOf(people: OAuthWorld['people']): OAuthPeople {
  const byId = (userId: string) => [...people].find(([, one]) => one.userId === userId);
  return {
    signIn: ({ login, password, code }) => {
      const person = people.get(login);
      if (person === undefined || password !== 'secret') throw new GatewayError('unauthenticated');
      if (person.code !== undefined && code === undefined) return Promise.resolve('second_factor');
      if (person.code !== code) throw new GatewayError('unauthenticated');
      return Promise.resolve({ userId: person.userId });
    },
    get: (userId) => {
      const found = byId(userId);
      return Promise.resolve(found === undefined ? undefined : { userId, login: found[0] });
    },
    memberships: (userId) =>
      Promise.resolve(
        Object.entries(byId(userId)?.[1].memberships ?? {}).map(([tenant, actions]) => ({
          tenant: tenantId(tenant),
          tenantName: `name of ${tenant}`,
          actions: new Set(actions),
        })),
      ),
  };
}

function grantsOf({ grants, clock }: Parts): OAuthGrants {
  return {
    create: (grant) => {
      const id = `grt_${grants.size + 1}`;
      const createdAtMs = clock.nowMs;
      const made = { ...grant, id, createdAtMs, expiresAtMs: createdAtMs + limits.oauthGrantMs };
      grants.set(id, made);
      return Promise.resolve(made);
    },
    get: (tenant, id) => {
      const grant = grants.get(id);
      return Promise.resolve(grant?.tenant === tenant ? grant : undefined);
    },
    consents: ({ userId, clientId, resource }) =>
      Promise.resolve(
        [...grants.values()]
          .filter((one) => one.userId === userId && one.clientId === clientId)
          .filter((one) => one.resource === resource)
          .toReversed(),
      ),
    revoke: (_tenant, id) => {
      grants.delete(id);
      return Promise.resolve();
    },
  };
}

function familiesOf({ refreshTokens, grants, clock }: Parts): RefreshFamilies {
  return {
    begin: (grant, token) => {
      refreshTokens.set(token, { grant });
      return Promise.resolve();
    },
    find: (token) => {
      const found = refreshTokens.get(token)?.grant;
      if (found === undefined) return Promise.resolve(undefined);
      return Promise.resolve({ tenant: found.tenant, grantId: found.id });
    },
    rotate: (token) => {
      const found = refreshTokens.get(token);
      if (found === undefined) return Promise.resolve({ kind: 'refused' });
      if (found.next !== undefined) {
        if (clock.nowMs - (found.usedAtMs ?? 0) <= REUSE_MS) {
          return Promise.resolve({ kind: 'rotated', token: found.next });
        }
        grants.delete(found.grant.id);
        return Promise.resolve({ kind: 'reused' });
      }
      found.next = `refresh-${refreshTokens.size + 1}`;
      found.usedAtMs = clock.nowMs;
      refreshTokens.set(found.next, { grant: found.grant });
      return Promise.resolve({ kind: 'rotated', token: found.next });
    },
  };
}

function egressOf({ documents, fetched }: Parts): Pick<Egress, 'request'> {
  return {
    request: ({ url }) => {
      fetched.push(url);
      const found = documents.get(url);
      if (found === undefined) throw new GatewayError('egress_denied');
      const body = Buffer.from(found.body);
      return Promise.resolve({
        status: found.status ?? 200,
        headers: {},
        bytes: (bytesMax = Infinity) => {
          if (body.length > bytesMax) throw new GatewayError('upstream_failed');
          return Promise.resolve(body);
        },
        stream: () => [body] as never,
        discard: () => {},
      });
    },
  };
}
