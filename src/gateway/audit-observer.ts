import type { AuditLog } from '../audit/audit-log.ts';
import { whoOf } from '../audit/audit-act.ts';
import { GatewayError, RpcError } from '../kernel/errors.ts';
import type { Observer } from './observer.ts';

/**
 * Notes the calls that were refused; those that were let through have usage records, which are
 * sealed into the same chain.
 */
export function createAuditObserver(audit: Pick<AuditLog, 'note'>): Observer {
  return {
    observe: ({ principal, request, target, endpoint }, { outcome, error }) => {
      if (outcome !== 'refused') return;
      const live = target !== undefined && 'live' in target ? target.live : undefined;
      const slug = live?.service.slug ?? ('slug' in endpoint ? endpoint.slug : null);
      const name = request.params['name'] ?? request.params['uri'];
      audit.note({
        ...whoOf(principal),
        kind: 'refusal',
        action: request.method,
        outcome: 'refused',
        target: [slug, typeof name === 'string' ? name : null].filter(isText).join('/') || null,
        rule: ruleOf(error),
        detail: {},
      });
    },
  };
}

const isText = (text: string | null): text is string => text !== null;

/** The rule that decided, and the error where none is told. */
function ruleOf(error: unknown): string {
  if (error instanceof GatewayError) return error.rule ?? error.code;
  return error instanceof RpcError ? (error.rule ?? String(error.rpcCode)) : 'internal';
}
