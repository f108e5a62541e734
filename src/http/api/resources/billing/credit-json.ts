import { z } from '@hono/zod-openapi';
import type { CreditGrant, Pool, PoolLease } from '../../../../billing/pools/store.ts';
import { availableOf, readPoolId } from '../../../../billing/pools/store.ts';
import { parseExact, toNano } from '../../../../kernel/exact.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { pathId } from '../../grants/identity-fields.ts';

const MS_MAX = 8_640_000_000_000_000;
const NANO_TEXT = /^\d{1,15}(\.\d{1,9})?$/;

/** A currency of ISO 4217. */
export const currencyCode = z
  .string()
  .refine((code) => Intl.supportedValuesOf('currency').includes(code), {
    error: 'Give a code of ISO 4217, for example USD.',
  });

/** An amount of money of at most nine decimals, as text. */
export const amountText = z
  .string()
  .regex(NANO_TEXT, 'Give an amount as text with at most 9 decimals, for example "25.00".')
  .refine((text) => !NANO_TEXT.test(text) || toNano(parseExact(text)) <= limits.chargeNanoMax, {
    error: `At most ${formatMoney(limits.chargeNanoMax)}.`,
  });

/** Credit. */
export const creditSchema = z
  .strictObject({
    id: z.string(),
    key: z.string(),
    kind: z.enum(['bought', 'given']),
    currency: z.string(),
    amount: z.string().describe('A decimal as text.'),
    remaining: z.string().describe('What is left of it, a decimal as text.'),
    priority: z.int().describe('The lower one is used first.'),
    expiresAtMs: z.int().nullable(),
    createdAtMs: z.int(),
  })
  .openapi('Credit');

/** All credit of a tenant. */
export const creditsSchema = z.strictObject({ credits: z.array(creditSchema) }).openapi('Credits');

/** Credit to be granted. */
export const creditRequestSchema = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .max(limits.creditKeyLengthMax)
      .describe('What it is for, such as an order number: the same twice is granted once.'),
    kind: z.enum(['bought', 'given']).describe('Whether it was paid for.'),
    currency: currencyCode,
    amount: amountText.refine((text) => /[1-9]/.test(text), { error: 'Give more than 0.' }),
    priority: z
      .int()
      .min(-1_000_000)
      .max(1_000_000)
      .describe('The lower one is used first; 0 when it is left out.')
      .optional(),
    expiresAtMs: z.int().nonnegative().max(MS_MAX).describe('Never when left out.').optional(),
  })
  .openapi('CreditRequest');

/** Wallets of a tenant. */
export const walletsSchema = z
  .strictObject({
    wallets: z.array(
      z.strictObject({
        currency: z.string(),
        balance: z.string().describe('What is left of the credit.'),
        held: z.string().describe('The part of it that instances hold for calls.'),
        available: z.string().describe('The part of it that nobody holds.'),
        spent: z.string(),
        overrun: z.string().describe('What was charged beyond it, and is owed.'),
      }),
    ),
  })
  .openapi('Wallets');

/** What instances hold of a tenant's credit and budgets. */
export const leasesSchema = z
  .strictObject({
    leases: z.array(
      z.strictObject({
        id: z.string(),
        pool: z.string(),
        nodeId: z.string(),
        runId: z.string(),
        state: z.enum(['open', 'closed', 'abandoned', 'settled']),
        granted: z.string().describe('Billionths of a currency unit, or calls.'),
        drawn: z.string().describe('What its records that were rated held of it.'),
        spent: z.string().nullable().describe('What all its records hold; null until known.'),
        expiresAtMs: z.int(),
      }),
    ),
  })
  .openapi('PoolLeases');

/** The tenant of a path. */
export const tenantParams = z.strictObject({ tenant: pathId });

/** Credit as the API shows it. */
export function creditJson(credit: CreditGrant): z.output<typeof creditSchema> {
  const { amount, remaining } = credit;
  return { ...credit, amount: formatMoney(amount), remaining: formatMoney(remaining) };
}

/** The wallets among pools as the API shows them. */
export function walletsJson(pools: readonly Pool[]): z.output<typeof walletsSchema> {
  const wallets = pools.flatMap((pool) => {
    const key = readPoolId(pool.id);
    if (key.kind !== 'wallet') return [];
    return [
      {
        currency: key.currency,
        balance: formatMoney(pool.limit - pool.spent),
        held: formatMoney(pool.outstanding),
        available: formatMoney(availableOf(pool)),
        spent: formatMoney(pool.spent),
        overrun: formatMoney(pool.overrun),
      },
    ];
  });
  return { wallets };
}

/** A lease as the API shows it. */
export function leaseJson(lease: PoolLease): z.output<typeof leasesSchema>['leases'][number] {
  const { poolId, granted, drawn, spent, ...rest } = lease;
  return {
    ...rest,
    pool: poolId,
    granted: String(granted),
    drawn: String(drawn),
    spent: spent === null ? null : String(spent),
  };
}
