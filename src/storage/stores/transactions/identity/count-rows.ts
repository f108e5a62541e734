import { GatewayError } from '../../../../kernel/errors.ts';
import type { SqlText } from '../../sql.ts';
import { firstRow, type Steps } from '../../transaction.ts';

/**
 * Throws `conflict` when `counting` (a SELECT of one number called `rows`) finds `max` or more.
 * Counted in the transaction that inserts, so that requests made at once do not exceed it.
 */
export function* countRows(counting: SqlText, max: number, what: string): Steps<null> {
  const found = yield* firstRow<{ readonly rows: number }>(counting);
  if ((found?.rows ?? 0) < max) return null;
  throw new GatewayError('conflict', `There are ${max} ${what} already, and no more may be.`);
}
