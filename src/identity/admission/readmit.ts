import type { Permissions } from '../../kernel/permissions.ts';
import type { Principal, Subject, TenantId } from '../../kernel/principal.ts';
import type { MemberStore, Standing } from '../accounts/store.ts';
import type { ClientCertificateStore } from '../certificates/store.ts';
import type { FindHolder } from '../grants/grant-holders.ts';
import type { ApiKey, ApiKeyStore } from '../keys/store.ts';

/** What a principal leaves behind so that its work can go on without its secret. */
export interface LeftPrincipal {
  readonly tenant: TenantId;
  readonly subject: Subject;
  readonly grantId: string;
  readonly credentialId: string;
}

/** What admitting again needs. */
export interface ReadmitOptions {
  readonly apiKeys: Pick<ApiKeyStore, 'get'>;
  readonly clientCertificates: Pick<ClientCertificateStore, 'list'>;
  readonly members: Pick<MemberStore, 'standing'>;
  readonly findHolder: FindHolder;
  /** The tenants that a user is in. */
  tenantsOf(userId: string): Promise<readonly TenantId[]>;
  permissionsOf(standing: Standing, key?: ApiKey): Permissions;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Admits again; see `createReadmit`. */
export type Readmit = (left: LeftPrincipal) => Promise<Principal | undefined>;

/**
 * The way back to a principal for work that outlives its request: the grant is read again, so what
 * comes is what its subject may do now. Undefined for a grant that was revoked or is over, for a
 * subject that may not act, and for tokens of other issuers, which leave nothing to ask about.
 */
export function createReadmit(options: ReadmitOptions): Readmit {
  return async (left) => {
    const found = await findAgain(options, left);
    const { subject } = left;
    const isSame = found?.subject.kind === subject.kind && found.subject.id === subject.id;
    return isSame ? found : undefined;
  };
}

async function findAgain(
  { apiKeys, clientCertificates, members, findHolder, tenantsOf, ...options }: ReadmitOptions,
  { tenant, subject, grantId, credentialId }: LeftPrincipal,
): Promise<Principal | undefined> {
  const named = { tenant, subject, grantId, credentialId };
  if (grantId.startsWith('key_')) {
    const key = await apiKeys.get(tenant, grantId);
    if (key === undefined || key.revokedAtMs !== null) return undefined;
    if (key.expiresAtMs !== null && options.now() >= key.expiresAtMs) return undefined;
    const standing = await members.standing(tenant, key.subject);
    if (standing === undefined) return undefined;
    return { ...named, subject: key.subject, permissions: options.permissionsOf(standing, key) };
  }
  if (grantId.startsWith('crt_')) {
    const all = await clientCertificates.list(tenant);
    const certificate = all.find(({ id }) => id === grantId);
    const holder = certificate?.subject;
    const standing = holder && (await members.standing(tenant, holder));
    if (standing === undefined || holder === undefined) return undefined;
    return { ...named, subject: holder, permissions: options.permissionsOf(standing) };
  }
  if (!grantId.startsWith('grt_') || subject.kind !== 'user') return undefined;
  const own = await findHolder(tenant, grantId, credentialId);
  if (own !== undefined) return own.principal;
  // A browser's login is of one tenant, and may act in the others of its user.
  for (const other of await tenantsOf(subject.id)) {
    if (other === tenant) continue;
    const holder = await findHolder(other, grantId, credentialId, tenant);
    if (holder?.grant.kind === 'console') return holder.principal;
  }
  return undefined;
}
