import type { Fence } from '../../kernel/fence.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Grant } from '../grants/store.ts';

/** What the authorization server keeps between two steps of a flow. */
export interface Artifact {
  readonly kind: string;
  /** SHA-256 of its id, hexadecimal: the id itself is a secret of whoever carries it. */
  readonly hash: string;
  /** The grant it leads to, once there is one. */
  readonly grantId: string | null;
  /** Its second name, hashed likewise. */
  readonly uidHash: string | null;
  /** The rest of it. */
  readonly sealed: string;
  /** When it was used up; null until then. */
  readonly consumedAtMs: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Artifacts of all tenants: a flow has a tenant only once its person has chosen one. */
export interface ArtifactStore {
  /** Adds one or writes it anew; whether it was used up stays as it is. */
  put(artifact: Artifact): Promise<void>;
  /** One whose time is not over. */
  find(kind: string, hash: string, nowMs: number): Promise<Artifact | undefined>;
  findByUid(kind: string, uidHash: string, nowMs: number): Promise<Artifact | undefined>;
  /** Uses one up; false when it was before, or is gone. Of several at once one wins. */
  consume(kind: string, hash: string, atMs: number): Promise<boolean>;
  delete(kind: string, hash: string): Promise<void>;
  /** Deletes what of a kind leads to a grant. */
  deleteOfGrant(kind: string, grantId: string): Promise<void>;
}

/** A client that is registered here. */
export interface OAuthClient {
  readonly id: string;
  /** Whose members alone it serves; null for one that registered itself. */
  readonly tenant: TenantId | null;
  readonly name: string;
  /** Its metadata (RFC 7591), with its secret when it has one. */
  readonly sealed: string;
  /** SHA-256 of the address that registered it; null for one that a tenant registered. */
  readonly addressHash: string | null;
  readonly createdAtMs: number;
  /** When it last got tokens, to the hour; null before. */
  readonly usedAtMs: number | null;
}

/** How many clients may register themselves. */
export interface RegistrationBounds {
  readonly clientsMax: number;
  /** Of one address, that were never used. */
  readonly unusedPerAddressMax: number;
}

/** Which self-registered clients, and artifacts, have had their time. */
export interface OAuthSweep {
  readonly nowMs: number;
  /** Clients that were never used are deleted when they were made before. */
  readonly unusedBeforeMs: number;
  /** Clients that were used are deleted when they last were before. */
  readonly usedBeforeMs: number;
}

/** Clients that are registered here, by a tenant or by themselves. */
export interface OAuthClientStore {
  find(id: string): Promise<OAuthClient | undefined>;
  /**
   * Adds a client that registers itself; one that is known already is left as it is. When there
   * are as many as may be, the oldest that was never used makes room; false when none can, or the
   * address has too many that were never used.
   */
  register(client: OAuthClient, bounds: RegistrationBounds): Promise<boolean>;
  /** Adds a client of a tenant; rejects with `conflict` when it has as many as it may. */
  insert(tenant: TenantId, client: OAuthClient, clientsMax: number): Promise<void>;
  /** The clients of a tenant, the oldest first. */
  list(tenant: TenantId): Promise<readonly OAuthClient[]>;
  /** False when the tenant has no such client. */
  delete(tenant: TenantId, id: string): Promise<boolean>;
  noteUse(id: string, atMs: number): Promise<void>;
  /** Deletes what has had its time, of both stores; false when another holds the job. */
  sweep(sweep: OAuthSweep, fence: Fence): Promise<boolean>;
}

/** Which grants are asked for. */
export interface GrantQuery {
  /** Only those of this user. */
  readonly userId?: string;
  readonly nowMs: number;
}

/** Grants as their owners see them, and the links from people elsewhere to users here. */
export interface OAuthGrantStore {
  /** Grants of a tenant that are in force, the newest first. */
  list(tenant: TenantId, query: GrantQuery): Promise<readonly Grant[]>;
  /** What a person granted a client for a resource and still is in force, the newest first. */
  consents(
    query: { readonly userId: string; readonly clientId: string; readonly resource: string },
    nowMs: number,
  ): Promise<readonly Grant[]>;
  /** Ends what was granted to a client in a tenant; the ids of those grants. */
  revokeOfClient(tenant: TenantId, clientId: string, atMs: number): Promise<readonly string[]>;
  /** The user that a subject of another issuer is; the first link made stays. */
  linkIdentity(link: IdentityLink): Promise<IdentityLink>;
  findLink(issuer: string, subject: string): Promise<IdentityLink | undefined>;
}

/** Says that a subject of another issuer is a user of a tenant. */
export interface IdentityLink {
  readonly issuer: string;
  readonly subject: string;
  readonly tenant: TenantId;
  readonly userId: string;
  readonly createdAtMs: number;
}
