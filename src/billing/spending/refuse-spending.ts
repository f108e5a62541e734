import { GatewayError } from '../../kernel/errors.ts';
import { formatMoney } from '../../kernel/money.ts';
import { readPoolId } from '../pools/pool-id.ts';
import type { PoolShortage } from '../pools/pool-shortage.ts';
import type { KnownBudget } from './known-budget.ts';

/** What a caller is told when a pool has too little for the call. */
export function spendingRefusal(
  { poolId, needed, available }: PoolShortage,
  budgets: readonly KnownBudget[],
): GatewayError {
  const key = readPoolId(poolId);
  const left = available > 0n ? available : 0n;
  if (key.kind === 'wallet') {
    const { currency } = key;
    const balance = formatMoney(left);
    const text =
      `This call may cost ${formatMoney(needed)} ${currency}, and the credit that is free is ` +
      `${balance} ${currency}.`;
    const data = { reason: 'insufficient_credit', balance, currency };
    return new GatewayError('insufficient_credit', text, { data });
  }
  const budget = budgets.find((one) => one.budget.id === key.budgetId)?.budget;
  const name = budget?.name ?? key.budgetId;
  const currency = budget?.currency ?? null;
  const reset = key.endMs === null ? {} : { reset_at: new Date(key.endMs).toISOString() };
  const data = {
    reason: 'budget_exhausted',
    budget: name,
    balance: currency === null ? String(left) : formatMoney(left),
    ...(currency === null ? {} : { currency }),
    ...reset,
  };
  const text = `The budget ${JSON.stringify(name)} does not allow this call.`;
  return new GatewayError('budget_exhausted', text, { data });
}
