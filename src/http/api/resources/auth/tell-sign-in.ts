import type { AuditAct } from '../../../../audit/audit-act.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';

/** Who came in, where, and how. */
export interface SignedInPerson {
  readonly userId: string;
  readonly tenant: TenantId;
  /** The operation of this API. */
  readonly action: string;
  /** What the person showed: `password`, `second_factor`, `sso`, a `link`. */
  readonly by: string;
  readonly grantId?: string;
}

/**
 * Keeps that somebody came in, in the chain of the tenant it came to. Rejects with
 * `storage_unavailable`: nobody comes in unseen.
 */
export async function tellSignIn(
  { audit }: Pick<ApiDeps, 'audit'>,
  { userId, tenant, action, by, grantId }: SignedInPerson,
): Promise<void> {
  await audit.record({
    tenant,
    kind: 'sign_in',
    action,
    outcome: 'ok',
    subject: `user:${userId}`,
    actor: null,
    grantId: grantId ?? null,
    credentialId: null,
    target: null,
    rule: by,
    detail: {},
  } satisfies AuditAct);
}
