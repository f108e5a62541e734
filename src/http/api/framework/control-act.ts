import { whoOf } from '../../../audit/audit-act.ts';
import type { AuditEvent } from '../../../audit/store.ts';
import { errorRegistry, GatewayError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { ApiDeps } from './api-deps.ts';
import type { ApiRoute } from './define-route.ts';

/** An attempt to change something, on its way through the audit log. */
export interface ControlAct {
  /** Nothing is changed before this is written. Rejects with `storage_unavailable`. */
  begin(detail?: JsonObject): Promise<void>;
  /** It ended with this answer, whose `Location` names what was made. */
  end(answer: Response): Promise<void>;
  /** It was refused, or failed after it had begun. */
  fail(error: unknown): Promise<void>;
}

/** Follows one attempt: who, what, on what; its end is an event, and a line of the log. */
export function controlAct(
  { audit, log }: Pick<ApiDeps, 'audit' | 'log'>,
  route: ApiRoute,
  principal: Principal,
  pathParams: Readonly<Record<string, string>>,
): ControlAct {
  const [action] = route.operationIds;
  let target = targetOf(pathParams);
  let more: JsonObject = {};
  let hasBegun = false;
  const eventOf = (outcome: AuditEvent['outcome'], rule: string | null, status?: number) => ({
    ...whoOf(principal),
    kind: 'control' as const,
    action,
    outcome,
    target,
    rule: rule ?? route.permission,
    detail: status === undefined ? more : { ...more, status },
  });
  const tell = (status: number): void => {
    const { tenant, subject, credentialId } = principal;
    log.info(
      { operation: action, target, tenant, userId: subject.id, credentialId, status },
      'control plane change',
    );
  };
  const end = async (outcome: 'ok' | 'failed', rule: string | null, status: number) => {
    tell(status);
    try {
      await audit.record(eventOf(outcome, rule, status));
    } catch (error) {
      // What was done is done; that it began is on record.
      const reason = error instanceof Error ? error.message : String(error);
      log.error(
        { operation: action, target, reason },
        'the end of a change is not in the audit log',
      );
    }
  };
  return {
    begin: async (detail = {}) => {
      more = detail;
      await audit.record(eventOf('begun', null));
      hasBegun = true;
    },
    end: ({ status, headers }) => {
      target ??= headers.get('location')?.split('/').at(-1) ?? null;
      return end('ok', null, status);
    },
    fail: async (error) => {
      const isKnown = error instanceof GatewayError;
      const status = isKnown ? error.status : errorRegistry.internal.status;
      const code = isKnown ? error.code : 'internal';
      if (hasBegun) return end('failed', code, status);
      tell(status);
      audit.note(eventOf('refused', code, status));
    },
  };
}

/** The ids of users; whatever else is in their place may be a login, which is for no chain. */
const USER_ID = /^usr_\w+$/;

/** What a path names. People are named by their ids alone, for an event outlives a person. */
function targetOf(pathParams: Readonly<Record<string, string>>): string | null {
  const named = Object.entries(pathParams).filter(
    ([name, value]) => name !== 'user' || USER_ID.test(value),
  );
  return named.map(([, value]) => value).join('/') || null;
}
