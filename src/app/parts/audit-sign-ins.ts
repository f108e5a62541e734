import type { AuditLog } from '../../audit/audit-log.ts';
import type { Authentication } from '../../identity/create-authentication.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';

/** Whom the audit log is told by. */
export interface AuditSignInsOptions {
  readonly audit: Pick<AuditLog, 'note'>;
  readonly log: Log;
}

/**
 * The same authentication; attempts to sign in that fail are noted in every tenant of the person,
 * whichever way they came. A login that nobody has is of no tenant, and in no chain. Nothing waits
 * for the note: the time of an answer must not tell whether there is such a person.
 */
export function auditSignIns(
  authentication: Authentication,
  { audit, log }: AuditSignInsOptions,
): Authentication {
  const { signIn, people } = authentication;
  const note = async (login: string, error: unknown): Promise<void> => {
    const person = await people.find(login);
    if (person === undefined) return;
    for (const { tenant } of await people.memberships(person.id)) {
      audit.note({
        tenant,
        kind: 'sign_in',
        action: 'signIn',
        outcome: 'refused',
        subject: `user:${person.id}`,
        actor: null,
        grantId: null,
        credentialId: null,
        target: null,
        // `too_many` is the lock-out, of the account or of the address it came from.
        rule: error instanceof GatewayError ? error.code : 'internal',
        detail: {},
      });
    }
  };
  return {
    ...authentication,
    signIn: async (request) => {
      try {
        return await signIn(request);
      } catch (error) {
        note(request.login, error).catch((cause: unknown) =>
          log.warn({ reason: String(cause) }, 'a refused sign-in is not in the audit log'),
        );
        throw error;
      }
    },
  };
}
