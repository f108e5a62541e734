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
import { verify } from './verify.ts';

const filters = ['by', 'from', 'to'] as const;

/** Shows price lists and what was charged, and puts tenants on plans. */
export const billing: Command = {
  summary: 'Show plans, prices and costs; put a tenant on a plan; check the books.',
  usage: [
    'billing plans',
    'billing subscribe <tenant> <version> [--zone <time zone>]',
    'billing costs [--by service|tool|user|key|day|rule] [--from <time>] [--to <time>]',
    'billing rules',
    'billing verify [flags]',
  ],
  options: {
    ...configOptions,
    ...clientOptions,
    by: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    zone: { type: 'string' },
  },
  help: {
    ...configHelp,
    ...clientHelp,
    by: 'What costs are summed up by; service unless given.',
    from: 'Charges made at this time or later (ISO 8601); the last 30 days unless given.',
    to: 'Charges made before this time (ISO 8601).',
    zone: 'The time zone that billing periods are counted in, as an IANA name; UTC unless given.',
  },
  run: async (input) => {
    const [action] = input.words;
    if (action === 'plans') await plans(input);
    else if (action === 'subscribe') await subscribe(input);
    else if (action === 'costs') await costs(input);
    else if (action === 'rules') await rules(input);
    else if (action === 'verify') return await verify(input);
    else throw new UsageError('Use billing plans, subscribe, costs, rules or verify.');
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
