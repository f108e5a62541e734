import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { resourcePath } from '../protected-resource.ts';
import { grantedScopes, scopeLimits } from '../scope-limits.ts';
import { isAssured } from '../clients/client-metadata.ts';
import { grantReference } from './grant-reference.ts';
import { grantable, scopesOf } from './interactions.ts';
import { tenantOfMethods } from './login-tenant.ts';
import type { OAuthGrant, OAuthGrants, OAuthPeople } from './ports.ts';

/** What finding a grant for a request needs. */
export interface GrantLoaderOptions {
  readonly baseUrl: string;
  readonly grants: OAuthGrants;
  readonly people: Pick<OAuthPeople, 'memberships'>;
}

type LoadedGrant = InstanceType<Provider['Grant']> | undefined;

/**
 * The grant an authorization request is answered by: the one its person just gave; or a new one, in
 * the place of a question, when the person gave this client the same before. Every request has a
 * grant of its own, so that the tokens of one installation of a client are not those of another.
 */
export function createGrantLoader(
  options: GrantLoaderOptions,
): (context: KoaContextWithOIDC) => Promise<LoadedGrant> {
  return async (context) => {
    const { oidc } = context;
    const { Grant } = oidc.provider;
    const given = oidc.result?.consent?.grantId;
    const reference = given ?? (await remembered(options, context));
    const grant = reference === undefined ? undefined : await Grant.find(reference);
    if (grant === undefined || given === undefined) return grant;
    // What the person could not give is decided too: it is not asked for a second time.
    for (const resource of Object.keys(grant.resources ?? {})) {
      const held = scopesOf(grant.getResourceScope(resource));
      const left = scopesOf(oidc.params?.['scope']).filter((scope) => !held.includes(scope));
      if (left.length > 0) grant.rejectResourceScope(resource, left);
    }
    return grant;
  };
}

async function remembered(
  { baseUrl, grants, people }: GrantLoaderOptions,
  { oidc }: KoaContextWithOIDC,
): Promise<string | undefined> {
  const { client, params = {}, account } = oidc;
  const path = resourcePath(String(params['resource']), baseUrl);
  if (client === undefined || account === undefined || path === undefined) return undefined;
  // Any program may stand behind an address of one's own computer (RFC 8252 §8.6): always ask.
  const isNative = client.applicationType === 'native';
  if (isNative || !isAssured(String(params['redirect_uri']))) return undefined;
  if (oidc.prompts.has('consent') || oidc.prompts.has('login')) return undefined;
  const asked = scopesOf(params['scope']).filter((scope) => scope !== 'openid');
  const userId = account.accountId;
  const query = { userId, clientId: client.clientId, resource: `${baseUrl}${path}` };
  const vouchedIn = tenantOfMethods(oidc.session?.amr);
  const earlier = (await grants.consents(query)).find(
    (grant) => covers(grant, asked) && (vouchedIn === undefined || grant.tenant === vouchedIn),
  );
  if (earlier === undefined) return undefined;
  const { tenant } = earlier;
  const memberships = await people.memberships(userId);
  const membership = memberships.find((one) => one.tenant === tenant);
  const scopes = grantable(asked, membership?.actions ?? new Set());
  if (scopes.length < asked.length) return undefined;
  const grant = await grants.create({ ...query, tenant, ...scopeLimits(scopes) });
  return grantReference(tenant, grant.id);
}

function covers(grant: OAuthGrant, asked: readonly string[]): boolean {
  const held = grantedScopes(grant);
  return asked.length > 0 && asked.every((scope) => held.includes(scope));
}
