import type { Charge } from '../../../billing/store.ts';

/** A charge as both engines return it: money as text. */
export type ChargeRow = Omit<Charge, 'amount'> & { readonly amount: string };

/** Reads a row. */
export function toCharge(row: ChargeRow): Charge {
  return { ...row, amount: BigInt(row.amount) };
}
