import { createHash } from 'node:crypto';

/**
 * The id of a transaction: it follows from what the transaction is for, so that writing it twice
 * is noticed. SHA-256 over JSON, whose quoting keeps apart what was apart.
 */
export function transactionId(kind: string, currency: string, purpose: readonly string[]): string {
  const text = JSON.stringify([kind, currency, ...purpose]);
  return `ltx_${createHash('sha256').update(text).digest('hex')}`;
}
