import {
  availableOf,
  poolIdOf,
  transferOf,
  type CreditGrant,
  type NewCredit,
} from '../../../../../billing/pools/store.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { toCredit, type CreditRow } from '../../../rows/pool-rows.ts';
import { sql } from '../../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../../transaction.ts';
import { writeTransaction } from '../write-books.ts';
import { readPool, writePool } from './pool-rows.ts';

/** Adds credit to a tenant's wallet and books it; what was granted under the key, if anything. */
export function* grantCredit({
  tenant,
  credit,
}: {
  readonly tenant: TenantId;
  readonly credit: NewCredit;
}): Steps<CreditGrant> {
  const { id, key, kind, currency, amount, priority, expiresAtMs, createdAtMs } = credit;
  const known = yield* firstRow<CreditRow>(sql`SELECT tenant_id, id, grant_key, kind, currency,
      CAST(amount AS text) AS amount, CAST(remaining_amount AS text) AS remaining_amount,
      priority, expires_at_ms, created_at_ms
    FROM credit_grant WHERE tenant_id = ${tenant} AND grant_key = ${key}`);
  if (known !== undefined) return sameGrant(toCredit(known), credit);
  const wallet = poolIdOf({ kind: 'wallet', currency });
  yield* change(sql`INSERT INTO credit_grant (tenant_id, id, grant_key, kind, currency, amount,
      remaining_amount, priority, expires_at_ms, created_at_ms)
    VALUES (${tenant}, ${id}, ${key}, ${kind}, ${currency}, ${amount}, ${amount}, ${priority},
      ${expiresAtMs}, ${createdAtMs})`);
  yield* change(sql`INSERT INTO pool (tenant_id, id, kind, currency, budget_id, end_ms,
      limit_amount, spent_amount, outstanding_amount, overrun_amount)
    VALUES (${tenant}, ${wallet}, 'wallet', ${currency}, NULL, NULL, ${amount}, 0, 0, 0)
    ON CONFLICT (tenant_id, id) DO UPDATE
    SET limit_amount = pool.limit_amount + excluded.limit_amount`);
  const debit = kind === 'bought' ? 'cash' : 'promo';
  const booking = { kind: 'credit_grant', currency, debit, credit: 'wallet', amount } as const;
  const transaction = transferOf({ ...booking, atMs: createdAtMs, purpose: [id] });
  yield* writeTransaction(tenant, transaction);
  return { ...credit, remaining: amount };
}

/** All credit of a wallet that is left, the oldest first. */
export function* remainingCredit(
  tenant: TenantId,
  currency: string,
): Steps<readonly CreditGrant[]> {
  const rows = yield* allRows<CreditRow>(sql`SELECT tenant_id, id, grant_key, kind, currency,
      CAST(amount AS text) AS amount, CAST(remaining_amount AS text) AS remaining_amount,
      priority, expires_at_ms, created_at_ms
    FROM credit_grant
    WHERE tenant_id = ${tenant} AND currency = ${currency} AND remaining_amount > 0
    ORDER BY created_at_ms, id`);
  return rows.map(toCredit);
}

/**
 * Takes away what is left of credit whose time is over, but for what is lent: that may still be
 * spent, and expires when it comes back. How many grants it was taken from.
 */
export function* expireCredit(nowMs: number, rowsMax: number): Steps<number> {
  // Of those that are lent whole nothing can be taken, so they keep no others waiting.
  const over = yield* allRows<CreditRow>(sql`SELECT credit_grant.tenant_id, credit_grant.id,
      grant_key, credit_grant.kind, credit_grant.currency, CAST(amount AS text) AS amount,
      CAST(remaining_amount AS text) AS remaining_amount, priority, expires_at_ms, created_at_ms
    FROM credit_grant JOIN pool ON pool.tenant_id = credit_grant.tenant_id
      AND pool.id = 'wallet:' || credit_grant.currency
    WHERE expires_at_ms <= ${nowMs} AND remaining_amount > 0
      AND limit_amount > spent_amount + outstanding_amount
    ORDER BY credit_grant.tenant_id, credit_grant.id LIMIT ${rowsMax}`);
  for (const row of over) {
    const { id, currency, remaining } = toCredit(row);
    const stored = yield* readPool(row.tenant_id, poolIdOf({ kind: 'wallet', currency }));
    if (stored === undefined) continue;
    const available = availableOf(stored.pool);
    const amount = remaining < available ? remaining : available;
    if (amount <= 0n) continue;
    const left = remaining - amount;
    yield* change(sql`UPDATE credit_grant SET remaining_amount = ${left}
      WHERE tenant_id = ${row.tenant_id} AND id = ${id}`);
    yield* writePool(row.tenant_id, { ...stored.pool, limit: stored.pool.limit - amount });
    const booking = {
      kind: 'credit_expiry',
      currency,
      debit: 'wallet',
      credit: 'breakage',
    } as const;
    const purpose = [id, String(left)];
    const transaction = transferOf({ ...booking, amount, atMs: nowMs, purpose });
    yield* writeTransaction(row.tenant_id, transaction);
  }
  return over.length;
}

/** Throws `conflict` when the key was used for something else. */
function sameGrant(known: CreditGrant, credit: NewCredit): CreditGrant {
  const { kind, currency, amount, priority, expiresAtMs } = credit;
  const isSame =
    known.kind === kind &&
    known.currency === currency &&
    known.amount === amount &&
    known.priority === priority &&
    known.expiresAtMs === expiresAtMs;
  if (isSame) return known;
  throw new GatewayError('conflict', 'Other credit was granted under this key; use a new key.');
}
