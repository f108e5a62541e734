import { silentLog } from '../../kernel/log.ts';
import type { Config } from '../config/config-schema.ts';
import { databaseName } from '../database-name.ts';
import { postgresSettings } from '../open-storage.ts';

/** How a look at the database went. */
export interface DatabaseProbe {
  readonly isFine: boolean;
  readonly detail: string;
}

/** Looks whether the database answers and is one for this gateway; changes nothing in it. */
export async function probeDatabase(config: Config): Promise<DatabaseProbe> {
  const name = databaseName(config);
  try {
    const settings = postgresSettings(config);
    if (settings === undefined) return { isFine: true, detail: name };
    const { inspectPostgres } = await import('../../storage/postgres/inspect-postgres.ts');
    const { serverVersion, missing } = await inspectPostgres(settings, silentLog);
    const state = missing === 0 ? 'up to date' : `lacks ${missing} migrations, made at the start`;
    return { isFine: true, detail: `${name}, version ${serverVersion}, ${state}` };
  } catch (error) {
    return { isFine: false, detail: (error as Error).message };
  }
}
