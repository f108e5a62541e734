import { cell, objectsOf } from '../cells.ts';
import { textFlag, wordAt, type CommandInput } from '../command.ts';
import { gatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';

/** Shows what tenants would have paid by another version. */
export async function simulate({ words, flags, terminal }: CommandInput): Promise<void> {
  const version = wordAt(words, 1, 'the id of a version: billing simulate <version>');
  const [from, to] = [textFlag(flags, 'from'), textFlag(flags, 'to')];
  const tenants = textFlag(flags, 'tenant')?.split(',');
  const body = {
    version,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(tenants === undefined ? {} : { tenants }),
  };
  const answer = await gatewayClient(flags).call('POST', '/api/v1/billing/simulate', body);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const currency = cell(answer, 'currency');
  const rows = objectsOf(answer, 'tenants').map((one) => [
    cell(one, 'tenant'),
    cell(one, 'records'),
    objectsOf(one, 'charged')
      .map((sum) => `${cell(sum, 'amount')} ${cell(sum, 'currency')}`)
      .join(', ') || '-',
    `${cell(one, 'simulated')} ${currency}`,
    one['difference'] === null ? 'other currency' : cell(one, 'difference'),
  ]);
  terminal.out(formatTable([['TENANT', 'RECORDS', 'CHARGED', 'SIMULATED', 'DIFFERENCE'], ...rows]));
}
