import { createHash } from 'node:crypto';
import type { InvoicePart } from './invoice.ts';

const HEX_DIGITS = 32;

/** The id of the invoice whose first part this is: it follows from it, as charges are made once. */
export function invoiceId(
  tenant: string,
  { subscriptionId, periodStartMs, part }: Omit<InvoicePart, 'invoiceId'>,
): string {
  const text = JSON.stringify([tenant, subscriptionId, periodStartMs, part]);
  return `inv_${createHash('sha256').update(text).digest('hex').slice(0, HEX_DIGITS)}`;
}
