import { hkdfSync } from 'node:crypto';
import { HttpEgress } from '../../egress/http-egress.ts';
import type { Authentication } from '../../identity/create-authentication.ts';
import type { CredentialKind } from '../../identity/admission/credential-kind.ts';
import {
  checkIssuers,
  createExternalCredentials,
} from '../../identity/oauth/external/external-credentials.ts';
import type { AuthorizationServer } from '../../identity/oauth/authorization-server.ts';
import {
  createGrants,
  createPeopleView,
  createProviderKeys,
  createRefreshFamilies,
} from '../../identity/oauth/create-oauth-parts.ts';
import type { GrantName } from '../../identity/store.ts';
import type { Egress } from '../../kernel/egress.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import { compilePermissions } from '../../policy/compile-permissions.ts';
import type { Storage } from '../../storage/storage.ts';
import { createIdentityLinks } from './link-identity.ts';
import { createProviderLogins } from './provider-logins.ts';
import type { Config } from '../config/config-schema.ts';

/** What the authorization server stands on. */
export interface OAuthBase {
  readonly config: Config;
  readonly storage: Storage;
  readonly authentication: Authentication;
  readonly sealRing: readonly SealKey[];
  /** Reaches other authorization servers, as it reaches services. */
  readonly egress: Egress;
  readonly revoked: (grant: GrantName) => void;
  readonly ids: IdSource;
  readonly log: Log;
}

/** What the gateway has of OAuth. */
export interface BuiltOAuth {
  /** Seals the metadata of OAuth clients and the artifacts of their flows. */
  readonly seal: Seal;
  /**
   * The gateway's own authorization server, loaded when its first client asks: its library is as
   * large as the rest of a start. Undefined where it is switched off.
   */
  readonly server: (() => Promise<AuthorizationServer>) | undefined;
  /** Tokens of other authorization servers; none when there are no others. */
  readonly kinds: readonly CredentialKind[];
}

/** Builds what makes and takes tokens of OAuth. */
export function buildOAuth(base: OAuthBase): BuiltOAuth {
  const { config, authentication, sealRing, egress } = base;
  const { oauth, issuers } = config.auth;
  checkIssuers(issuers, authentication.baseUrl());
  const seal = new Seal(sealRing, 'oauth');
  let loading: Promise<AuthorizationServer> | undefined;
  const { baseUrl } = authentication;
  const link = createIdentityLinks(base);
  const external = { issuers, egress, baseUrl, link, now: Date.now };
  return {
    seal,
    server: oauth.enabled ? () => (loading ??= load(base, seal)) : undefined,
    kinds: issuers.length === 0 ? [] : [createExternalCredentials(external)],
  };
}

async function load(base: OAuthBase, seal: Seal): Promise<AuthorizationServer> {
  const { config, storage, authentication, sealRing, log } = base;
  const { createEmbeddedServer } =
    await import('../../identity/oauth/embedded/create-embedded-server.ts');
  const now = Date.now;
  return createEmbeddedServer({
    artifacts: storage.oauthArtifacts,
    clients: storage.oauthClients,
    grants: createGrants({ ...base, stores: storage, now }),
    families: createRefreshFamilies({ ...base, stores: storage, now }),
    people: createPeopleView({
      authentication,
      standing: async (tenant, userId) => {
        const standing = await storage.members.standing(tenant, { kind: 'user', id: userId });
        return standing && compilePermissions(standing);
      },
    }),
    logins: createProviderLogins({ storage, authentication, now }),
    keys: createProviderKeys({ authentication, store: storage.signingKeys, sealRing }),
    seal,
    cookieKeys: sealRing.map(({ secret }) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'mcp-gateway oauth cookie', 32)).toString('hex'),
    ),
    // What clients publish is public: private hosts that services may be on are none of theirs.
    egress: new HttpEgress({
      policy: { allowHosts: documentHosts(config) },
      userAgent: config.egress.userAgent,
    }),
    registers: config.auth.oauth.dynamicRegistration,
    tokenIssuer: authentication.baseUrl,
    log,
    now,
  });
}

function documentHosts({ egress }: Config): readonly string[] {
  return egress.allowLoopback ? ['127.0.0.0/8', '::1', 'localhost'] : [];
}
