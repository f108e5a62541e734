import { loadConfig } from '../../app/config/config.ts';
import { UsageError, type CommandInput } from '../command.ts';
import { configSources } from '../config-flags.ts';

/** Makes the sums by the hour and the day again where they are kept; the exit code. */
export async function rollups({ words, flags, terminal }: CommandInput): Promise<number> {
  if (words[1] !== 'rebuild') throw new UsageError('Use billing rollups rebuild.');
  const { config } = loadConfig(configSources(flags));
  const { rebuildAllRollups } = await import('../../app/commands/rebuild-rollups.ts');
  const tenants = await rebuildAllRollups(config);
  for (const tenant of tenants) terminal.out(`${tenant}: made again.\n`);
  return 0;
}
