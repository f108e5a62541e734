import { cell } from '../cells.ts';
import { textFlag, wordAt, type CommandInput } from '../command.ts';
import { gatewayClient } from '../gateway-client.ts';

/** Grants a tenant credit: once for what `--for` says. */
export async function grantCredit({ words, flags, terminal }: CommandInput): Promise<void> {
  const usage = 'billing grant <tenant> <amount> <currency> --for <order>';
  const tenant = wordAt(words, 1, `the id of a tenant: ${usage}`);
  const amount = wordAt(words, 2, `an amount such as 25.00: ${usage}`);
  const currency = wordAt(words, 3, `a currency such as USD: ${usage}`);
  const key = wordAt([textFlag(flags, 'for') ?? ''].filter(Boolean), 0, `--for: ${usage}`);
  const kind = flags['given'] === true ? 'given' : 'bought';
  const path = `/api/v1/billing/tenants/${encodeURIComponent(tenant)}/credits`;
  const body = { key, kind, currency, amount };
  const answer = await gatewayClient(flags).call('POST', path, body);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const [granted, left] = [cell(answer, 'amount'), cell(answer, 'remaining')];
  terminal.out(`${tenant} was granted ${granted} ${currency}; ${left} of it is left.\n`);
}
