import type { Kysely } from 'kysely';
import type { RefusedLine } from '../../metering/store.ts';
import type { Tables } from './tables.ts';
import type { TransactionName, TransactionParameters, TransactionResult } from './transactions.ts';

/** Builds and types SQL; executing a query sends it to the engine. */
export type QueryBuilder = Kysely<Tables>;

/** What an engine gives the stores. It throws GatewayError only; see the README for the codes. */
export interface Database {
  /** Statements that stand for themselves: each is a transaction of its own. */
  readonly query: QueryBuilder;
  /** Runs a named transaction: all of it, or nothing and an error. */
  transact<Name extends TransactionName>(
    name: Name,
    parameters: TransactionParameters<Name>,
  ): Promise<TransactionResult<Name>>;
  /** Stores usage lines; see `UsageStore.insert`. */
  insertUsage(lines: Uint8Array): Promise<readonly RefusedLine[]>;
  /** Takes deleted rows out of the files, as far as the engine can do that at once. */
  scrub(): Promise<void>;
}
