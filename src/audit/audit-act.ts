import { actorText, type Principal } from '../kernel/principal.ts';
import type { AuditEvent } from './audit-event.ts';

/** An act as whoever saw it tells it; the log adds its id, its time and its node. */
export type AuditAct = Omit<AuditEvent, 'id' | 'atMs' | 'nodeId'>;

/** The part of an act that says who: `user:usr_…` by which grant and credential. */
export type AuditWho = Pick<AuditAct, 'tenant' | 'subject' | 'actor' | 'grantId' | 'credentialId'>;

/** A caller as an act names it. */
export function whoOf(principal: Principal): AuditWho {
  const { tenant, subject, grantId, credentialId } = principal;
  const actor = actorText(principal);
  return { tenant, subject: `${subject.kind}:${subject.id}`, actor, grantId, credentialId };
}
