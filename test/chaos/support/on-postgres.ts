import { findPostgres } from '../../support/start-postgres.ts';

/** What a scenario needs that has PostgreSQL as the gateway's database. */
export interface PostgresNeed {
  readonly programs: string;
  /** Why the scenario cannot be run here. */
  readonly missing?: string;
}

/** Where the programs of PostgreSQL are, or that there are none. */
export function needPostgres(): PostgresNeed {
  const programs = findPostgres();
  if (programs === undefined) return { programs: '', missing: 'PostgreSQL is not installed' };
  return { programs };
}
