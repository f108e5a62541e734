import { loadConfig } from '../app/config/config.ts';
import { silentLog } from '../kernel/log.ts';
import type { Command } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';

/** Brings the database up to date without starting a gateway. */
export const migrate: Command = {
  summary: 'Bring the database up to date; a gateway does the same when it starts.',
  usage: ['migrate [flags]'],
  options: configOptions,
  help: configHelp,
  run: async ({ flags, terminal }) => {
    const { config } = loadConfig(configSources(flags));
    const { migrateDatabase } = await import('../app/commands/migrate-database.ts');
    const { database, applied } = await migrateDatabase(config, silentLog);
    for (const name of applied) terminal.out(`applied ${name}\n`);
    terminal.out(`The database (${database}) is up to date.\n`);
    return 0;
  },
};
