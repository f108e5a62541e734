import { sql, type RawBuilder, type Expression } from 'kysely';

/** Money as text, for the engines' numbers end at 2^53; no rows sum to 0. */
export function moneyText(amount: Expression<unknown>): RawBuilder<string> {
  return sql<string>`CAST(coalesce(${amount}, 0) AS text)`;
}
