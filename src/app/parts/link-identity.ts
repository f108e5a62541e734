import { createHash } from 'node:crypto';
import type {
  ExternalSubject,
  LinkedPerson,
} from '../../identity/oauth/external/external-credentials.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Tenant } from '../../identity/store.ts';
import { compilePermissions } from '../../policy/compile-permissions.ts';
import type { Storage } from '../../storage/storage.ts';

/** What linking people elsewhere to users here needs. */
export interface IdentityLinksOptions {
  readonly storage: Pick<Storage, 'tenants' | 'members' | 'oauthGrants'>;
  readonly ids: Pick<IdSource, 'next'>;
}

/**
 * Finds the user that a subject of another issuer is. A subject is nobody until its token gives it
 * a role: then it becomes a user of the issuer's one tenant, and its roles follow its tokens. Links
 * are made by issuer and subject, never by e-mail address, which others may claim.
 */
export function createIdentityLinks({
  storage: { tenants, members, oauthGrants },
  ids,
}: IdentityLinksOptions): (subject: ExternalSubject) => Promise<LinkedPerson | undefined> {
  const join = async (tenant: Tenant, userId: string, given: ExternalSubject): Promise<void> => {
    const nowMs = Date.now();
    const name = createHash('sha256').update(`${given.issuer}\n${given.subject}`).digest('hex');
    const account = {
      id: userId,
      login: `sso-${name.slice(0, 32)}`,
      email: null,
      emailVerifiedAtMs: null,
      name: given.name,
      passwordHash: null,
      passwordChangedAtMs: null,
      status: 'active' as const,
      createdAtMs: nowMs,
      version: 1,
    };
    const membership = {
      tenant: tenant.id,
      userId,
      roles: given.roles ?? [],
      status: 'active' as const,
      source: 'sso' as const,
      externalId: null,
      createdAtMs: nowMs,
      version: 1,
    };
    await members.add(tenant.id, membership, account);
  };
  const follow = async (tenant: Tenant, userId: string, given: ExternalSubject): Promise<void> => {
    const { roles } = given;
    const member = await members.get(tenant.id, userId);
    if (member === undefined) {
      if (roles === undefined || roles.length === 0) return;
      // Another instance may have been faster; the user is there then.
      await join(tenant, userId, given).catch(unlessConflict);
    } else if (member.membership.source === 'sso' && roles !== undefined) {
      const isSame = member.membership.roles.toSorted().join() === roles.toSorted().join();
      if (!isSame) await members.update(tenant.id, userId, { roles }).catch(unlessConflict);
    }
  };
  return async (given) => {
    const tenant = (await tenants.list()).find(({ name }) => name === given.tenantName);
    if (tenant === undefined) return undefined;
    const { issuer, subject } = given;
    let link = await oauthGrants.findLink(issuer, subject);
    if (link === undefined) {
      if (given.roles === undefined || given.roles.length === 0) return undefined;
      const made = { issuer, subject, tenant: tenant.id, userId: ids.next('usr') };
      link = await oauthGrants.linkIdentity({ ...made, createdAtMs: Date.now() });
    }
    if (link.tenant !== tenant.id) return undefined;
    const { userId } = link;
    await follow(tenant, userId, given);
    const standing = await members.standing(tenant.id, { kind: 'user', id: userId });
    if (standing === undefined) return undefined;
    return {
      tenant: tenant.id,
      userId,
      permissionsBy: (credential) => compilePermissions(standing, credential),
    };
  };
}

/** Nobody gets more by it: who is not a member, or has other roles, stays so. */
function unlessConflict(error: unknown): void {
  const isRefused = error instanceof GatewayError;
  if (isRefused && (error.code === 'conflict' || error.code === 'invalid_params')) return;
  throw error;
}
