import { loadConfig } from '../../app/config/config.ts';
import { UsageError, type Command } from '../command.ts';
import { configHelp, configOptions, configSources } from '../config-flags.ts';
import { formatTable } from '../table.ts';

/** Checks the audit log where it is kept, whoever serves it. */
export const audit: Command = {
  summary: 'Check that nothing in the audit log was changed.',
  usage: ['audit verify [flags]'],
  options: configOptions,
  help: configHelp,
  run: async ({ words, flags, terminal }) => {
    if (words[0] !== 'verify') throw new UsageError('Use audit verify.');
    const { config } = loadConfig(configSources(flags));
    const { verifyAudit } = await import('../../app/commands/verify-audit.ts');
    const verdicts = await verifyAudit(config);
    const rows = verdicts.map(({ tenant, events, calls, faults, head }) => [
      tenant,
      String(events),
      String(calls),
      String(faults.length),
      head.slice(0, 16),
    ]);
    terminal.out(formatTable([['TENANT', 'EVENTS', 'CALLS', 'FAULTS', 'HEAD'], ...rows]));
    for (const { tenant, faults } of verdicts) {
      for (const { seq, text } of faults) {
        terminal.error(`${tenant}${seq === null ? '' : `, event ${seq}`}: ${text}\n`);
      }
    }
    return verdicts.every(({ faults }) => faults.length === 0) ? 0 : 1;
  },
};
