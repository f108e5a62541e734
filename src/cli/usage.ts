import { cell, objectsOf, timeCell } from './cells.ts';
import { textFlag, UsageError, type Command, type CommandInput, type Flags } from './command.ts';
import { clientHelp, clientOptions, gatewayClient } from './gateway-client.ts';
import { formatTable } from './table.ts';

const filters = ['service', 'from', 'to', 'limit'] as const;

/** Shows what was used, record by record or summed up. */
export const usage: Command = {
  summary: 'Show what was used.',
  usage: [
    'usage [--service <service>] [--from <time>] [--to <time>] [--limit <n>]',
    'usage summary',
  ],
  options: {
    ...clientOptions,
    service: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    limit: { type: 'string' },
  },
  help: {
    ...clientHelp,
    service: 'Only this service.',
    from: 'Calls that started at this time or later (ISO 8601).',
    to: 'Calls that started before this time (ISO 8601).',
    limit: 'How many records, newest first; 100 unless given.',
  },
  run: async (input) => {
    const [action] = input.words;
    if (action === 'summary') await summary(input);
    else if (action === undefined) await records(input);
    else throw new UsageError('Use usage, or usage summary.');
    return 0;
  },
};

async function records({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', `/api/v1/usage${query(flags)}`);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'records').map((item) => [
    timeCell(item, 'startedAtMs'),
    cell(item, 'method'),
    cell(item, 'tool'),
    cell(item, 'outcome'),
    cell(item, 'durationMs'),
    cell(item, 'bytesIn'),
    cell(item, 'bytesOut'),
    cell(item, 'clientEra'),
    cell(item, 'upstreamEra'),
  ]);
  const head = ['STARTED', 'METHOD', 'TOOL', 'OUTCOME', 'MS', 'IN', 'OUT', 'CLIENT', 'UPSTREAM'];
  terminal.out(formatTable([head, ...rows]));
}

async function summary({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', '/api/v1/usage/summary');
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  terminal.out(formatTable(Object.keys(answer).map((name) => [name, cell(answer, name)])));
}

function query(flags: Flags): string {
  const search = new URLSearchParams();
  for (const name of filters) {
    const text = textFlag(flags, name);
    if (text !== undefined) search.set(name, text);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
