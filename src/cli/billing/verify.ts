import { loadConfig } from '../../app/config/config.ts';
import { formatMoney } from '../../kernel/money.ts';
import type { CommandInput } from '../command.ts';
import { configSources } from '../config-flags.ts';
import { formatTable } from '../table.ts';

/** Checks the books where they are kept, whoever serves them; the exit code. */
export async function verify({ flags, terminal }: CommandInput): Promise<number> {
  const { config } = loadConfig(configSources(flags));
  const { verifyBilling } = await import('../../app/commands/verify-billing.ts');
  const verdicts = await verifyBilling(config);
  const rows = verdicts.map(({ tenant, records, charges, sums, differences }) => [
    tenant,
    String(records),
    String(charges),
    [...sums].map(([currency, amount]) => `${formatMoney(amount)} ${currency}`).join(', '),
    String(differences.length),
  ]);
  const head = ['TENANT', 'RECORDS', 'CHARGES', 'CHARGED', 'DIFFERENCES'];
  terminal.out(formatTable([head, ...rows]));
  for (const { tenant, differences } of verdicts) {
    for (const difference of differences) terminal.error(`${tenant}: ${difference}\n`);
  }
  return verdicts.every(({ differences }) => differences.length === 0) ? 0 : 1;
}
