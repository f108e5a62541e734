import { cell, objectsOf, timeCell } from '../cells.ts';
import {
  textFlag,
  UsageError,
  wordAt,
  type Command,
  type CommandInput,
  type Flags,
} from '../command.ts';
import { configHelp, configOptions } from '../config-flags.ts';
import { clientHelp, clientOptions, gatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';
import { exports, exportUsage } from './exports.ts';
import { grantCredit } from './grant-credit.ts';
import { listBudgets } from './list-budgets.ts';
import { invoices, invoiceUsage } from './invoices.ts';
import { simulate } from './simulate.ts';
import { rollups } from './rollups.ts';
import { verify } from './verify.ts';

const filters = ['by', 'from', 'to'] as const;

const actions =
  'plans, subscribe, costs, rules, grant, budgets, simulate, invoices, exports, rollups or verify';

/** Shows price lists and what was charged, puts tenants on plans and grants them credit. */
export const billing: Command = {
  summary: 'Show plans, prices and costs; put a tenant on a plan; check the books.',
  usage: [
    'billing plans',
    'billing subscribe <tenant> <version> [--zone <time zone>]',
    'billing costs [--by service|tool|user|key|session|day|rule] [--from <time>] [--to <time>]',
    'billing rules',
    'billing grant <tenant> <amount> <currency> --for <order> [--given]',
    'billing budgets',
    'billing simulate <version> [--tenant <id>,…] [--from <time>] [--to <time>]',
    ...invoiceUsage,
    ...exportUsage,
    'billing rollups rebuild [flags]',
    'billing verify [flags]',
  ],
  options: {
    ...configOptions,
    ...clientOptions,
    by: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    zone: { type: 'string' },
    tenant: { type: 'string' },
    for: { type: 'string' },
    given: { type: 'boolean' },
    all: { type: 'boolean' },
    amount: { type: 'string' },
    output: { type: 'string' },
  },
  help: {
    ...configHelp,
    ...clientHelp,
    by: 'What costs are summed up by; service unless given.',
    from: 'Charges or usage of this time or later (ISO 8601); the last 30 days unless given.',
    to: 'Charges or usage before this time (ISO 8601).',
    tenant: 'Whose usage is simulated: ids with commas between; all on a plan unless given.',
    for: 'What credit is granted for, such as an order: the same twice is granted once.',
    given: 'Credit that was not paid for.',
    all: 'Makes all drafts of all tenants final.',
    output: 'A new file that an invoice is written to; a PDF needs one.',
    amount: 'How much is given back, with tax; all that is left unless given.',
    zone: 'The time zone that billing periods are counted in, as an IANA name; UTC unless given.',
  },
  run: async (input) => {
    const [action] = input.words;
    if (action === 'plans') await plans(input);
    else if (action === 'subscribe') await subscribe(input);
    else if (action === 'costs') await costs(input);
    else if (action === 'rules') await rules(input);
    else if (action === 'grant') await grantCredit(input);
    else if (action === 'budgets') await listBudgets(input);
    else if (action === 'simulate') await simulate(input);
    else if (action === 'invoices') await invoices(input);
    else if (action === 'exports') await exports(input);
    else if (action === 'rollups') return await rollups(input);
    else if (action === 'verify') return await verify(input);
    else throw new UsageError(`Use billing ${actions}.`);
    return 0;
  },
};

async function plans({ flags, terminal }: CommandInput): Promise<void> {
  const client = gatewayClient(flags);
  const answer = await client.call('GET', '/api/v1/billing/plans');
  const found = [];
  for (const plan of objectsOf(answer, 'plans')) {
    const path = `/api/v1/billing/plans/${cell(plan, 'id')}/versions`;
    const versions = objectsOf(await client.call('GET', path), 'versions');
    found.push({ ...plan, versions });
  }
  if (flags['json'] === true) return terminal.out(`${JSON.stringify({ plans: found })}\n`);
  const rows = found.flatMap((plan) => {
    const name = cell(plan, 'name');
    if (plan.versions.length === 0) return [[name, '-', '-', '-', '-']];
    return plan.versions.map((version) => [
      name,
      cell(version, 'number'),
      cell(version, 'id'),
      cell(version, 'status'),
      timeCell(version, 'publishedAtMs'),
    ]);
  });
  terminal.out(formatTable([['PLAN', 'NUMBER', 'VERSION', 'STATUS', 'PUBLISHED'], ...rows]));
}

async function subscribe({ words, flags, terminal }: CommandInput): Promise<void> {
  const usage = 'billing subscribe <tenant> <version>';
  const tenant = wordAt(words, 1, `the id of a tenant: ${usage}`);
  const planVersion = wordAt(words, 2, `the id of a published version: ${usage}`);
  const timeZone = textFlag(flags, 'zone');
  const body = { tenant, planVersion, ...(timeZone === undefined ? {} : { timeZone }) };
  const answer = await gatewayClient(flags).call('POST', '/api/v1/billing/subscriptions', body);
  if (flags['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`);
  else terminal.out(`${tenant} is on ${planVersion} by ${cell(answer, 'id')}.\n`);
}

async function costs({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', `/api/v1/billing/costs${query(flags)}`);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const head = [(textFlag(flags, 'by') ?? 'service').toUpperCase(), 'CHARGES', 'AMOUNT', '', ''];
  const rows = objectsOf(answer, 'costs').map((sum) => [
    cell(sum, 'group'),
    cell(sum, 'charges'),
    cell(sum, 'amount'),
    cell(sum, 'currency'),
    sum['provisional'] === true ? 'provisional' : '',
  ]);
  terminal.out(formatTable([head, ...rows]));
}

async function rules({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', '/api/v1/billing/rules');
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const currency = cell(answer, 'currency');
  const rows = objectsOf(answer, 'rules').map((rule) => [
    cell(rule, 'id'),
    cell(rule, 'title'),
    cell(rule, 'unit'),
    JSON.stringify(rule['match']),
    JSON.stringify(rule['price']),
    currency,
  ]);
  terminal.out(formatTable([['RULE', 'TITLE', 'UNIT', 'FOR', 'PRICE', 'CURRENCY'], ...rows]));
}

function query(flags: Flags): string {
  const search = new URLSearchParams();
  for (const name of filters) {
    const text = textFlag(flags, name);
    if (text !== undefined) search.set(name, text);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
