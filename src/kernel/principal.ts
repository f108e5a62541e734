import type { Permissions } from './permissions.ts';

/** The id of a tenant; every store method takes one. */
export type TenantId = string & { readonly __brand: 'TenantId' };

/** Who acts: a person, a program with an account of its own, or the gateway itself. */
export interface Subject {
  readonly kind: 'user' | 'service_account' | 'system';
  readonly id: string;
}

/** What acts for the subject: a chat run, a workflow run, a queue's trigger. */
export interface Actor {
  readonly kind: 'chat' | 'workflow' | 'trigger';
  readonly id: string;
}

/** Who is calling: made at the door by `admit()`, never defaulted. */
export interface Principal {
  readonly tenant: TenantId;
  readonly subject: Subject;
  /**
   * What was granted: the API key, the OAuth grant, the login. Whatever must outlive a token
   * (sessions, sealed states, caches, tasks, pooled upstreams) is bound to it.
   */
  readonly grantId: string;
  /** The very token that was presented; for the audit trail. */
  readonly credentialId: string;
  readonly permissions: Permissions;
  readonly actor?: Actor;
}

/** Whose something is: nobody else can use it. */
export type GrantOwner = Pick<Principal, 'tenant' | 'grantId'>;

/**
 * The one door from a presented credential to a Principal: at once for one that was seen lately,
 * otherwise as a promise. `resource` is the path that the request is addressed to, such as
 * `/mcp/orders`, or `/api` for the control plane: some credentials are good at one alone. Whatever
 * is wrong with it, the error is GatewayError `unauthenticated` with the same text, thrown or
 * rejected; `too_many` while too many unknown ones are looked up.
 */
export type Admit = (
  credential: string | undefined,
  resource: string,
) => Principal | Promise<Principal>;

/** The resource of the control plane, whatever the path of a request to it. */
export const API_RESOURCE = '/api';

/** An actor as records name it: `chat:run_1`; null for a subject that acts itself. */
export function actorText({ actor }: Principal): string | null {
  return actor === undefined ? null : `${actor.kind}:${actor.id}`;
}

/** Brands a string that is known to be a tenant's id. */
export function tenantId(value: string): TenantId {
  return value as TenantId;
}
