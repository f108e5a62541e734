import { formatMoney, type MoneyNano } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import type { Permitted } from '../exchange.ts';

/** The member of a result's `_meta` that says what it cost. */
export const COST_META = 'mcp-gateway/cost';

/** What a call costs as far as that is known when it ends. */
export interface ProvisionalCost {
  readonly amount: MoneyNano;
  /** ISO 4217. */
  readonly currency: string;
  /** Whether what was used before makes it another amount. */
  readonly isEstimate: boolean;
}

/** What results say of their cost. Everything here is known without asking anybody. */
export interface ShownCosts {
  /** Prices calls of a tenant; undefined, as for nearly every one, when results say nothing. */
  of(tenant: TenantId): ((record: UsageRecord, slug: string | null) => ProvisionalCost) | undefined;
  /** What is left in the wallet that pays, the call counted; undefined where there is none. */
  balanceOf?(permitted: Permitted): MoneyNano | undefined;
}

/**
 * The outcome with its cost: of every result of a tool, and of others that cost something. A result
 * that is on its way already has none, and neither has one that its client must still complete.
 */
export function shownCost(
  costs: ShownCosts | undefined,
  permitted: Permitted,
  record: UsageRecord,
  outcome: McpOutcome,
): McpOutcome {
  if (costs === undefined || outcome.resultType !== 'complete') return outcome;
  const price = costs.of(permitted.principal.tenant);
  if (price === undefined) return outcome;
  const { amount, currency, isEstimate } = price(record, slugOf(permitted));
  if (amount === 0n && permitted.request.method !== 'tools/call') return outcome;
  const balance = costs.balanceOf?.(permitted);
  const cost = {
    amount: formatMoney(amount),
    currency,
    ...(isEstimate ? { estimate: true } : {}),
    ...(balance === undefined ? {} : { balance: formatMoney(balance) }),
  };
  const result = outcome.result.withInnerMember('_meta', COST_META, JSON.stringify(cost));
  return { ...outcome, result };
}

function slugOf({ target }: Permitted): string | null {
  if (target.kind === 'gateway') return null;
  const live = target.kind === 'search' ? target.found : target.live;
  return live?.service.slug ?? null;
}
