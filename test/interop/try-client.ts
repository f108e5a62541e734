import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { callApi } from '../../examples/quickstart/call-api.ts';
import type { RunningQuickstart } from '../../examples/quickstart/start-everything.ts';
import type { InteropClient, OpenClient } from './interop-client.ts';

const CELL_MS = 40_000;

/** What each client does, in order: one column of the matrix each. */
export const columns = ['list', 'orders', 'everything', 'memory', 'rooms', 'era'] as const;

type Column = (typeof columns)[number];

/** One client's row: what is wrong by column; a column that is absent is right. */
export interface Row {
  readonly client: InteropClient;
  readonly cells: ReadonlyMap<Column, string>;
}

interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Stands in the right answer. */
  readonly expected: string;
}

const calls: Readonly<Record<Exclude<Column, 'list' | 'era'>, Call>> = {
  orders: {
    tool: 'orders__listProducts',
    input: { category: ['tea'], maxPriceCents: 1000 },
    expected: 'green-tea',
  },
  everything: { tool: 'everything__get-sum', input: { a: 19, b: 23 }, expected: '42' },
  memory: { tool: 'memory__search_nodes', input: { query: 'nobody' }, expected: 'entities' },
  rooms: {
    tool: 'rooms__find-rooms',
    input: { day: '2027-03-01', people: 10 },
    expected: 'Great hall',
  },
};

/** Connects one client and fills its row; never rejects. */
export async function tryClient(
  client: InteropClient,
  gateway: RunningQuickstart,
  folder: string,
): Promise<Row> {
  const cells = new Map<Column, string>();
  const from = new Date().toISOString();
  const attempt = async (column: Column, action: () => Promise<string | undefined>) => {
    const problem = await within(action()).catch((error: unknown) => (error as Error).message);
    if (problem !== undefined) cells.set(column, problem.slice(0, 500));
  };
  let open: OpenClient | undefined;
  await attempt('list', async () => {
    open = await client.open({
      endpoint: `${gateway.url}/mcp`,
      apiKey: gateway.apiKey,
      folder: mkdtempSync(join(folder, 'client-')),
    });
    const names = new Set(await open.toolNames());
    const missing = Object.values(calls).filter(({ tool }) => !names.has(tool));
    return missing.length === 0
      ? undefined
      : `not listed: ${missing.map(({ tool }) => tool).join(', ')}`;
  });
  for (const [column, { tool, input, expected }] of Object.entries(calls)) {
    await attempt(column as Column, async () => {
      if (open === undefined) return 'not connected';
      const result = await open.call(tool, input);
      return result.includes(expected) ? undefined : `${expected} is not in ${result}`;
    });
  }
  await attempt('era', () => eraProblem(client, gateway, from));
  await within(open?.close() ?? Promise.resolve()).catch(() => {});
  return { client, cells };
}

/** The gateway must have billed the calls in the era the client claims to speak. */
async function eraProblem(
  client: InteropClient,
  gateway: RunningQuickstart,
  from: string,
): Promise<string | undefined> {
  const query = new URLSearchParams({ from, limit: '500' });
  const { records } = await callApi(gateway, 'GET', `/api/v1/usage?${query.toString()}`);
  const eras = (records as readonly { method: string; clientEra: string }[])
    .filter(({ method }) => method === 'tools/call')
    .map(({ clientEra }) => clientEra);
  const right = eras.length >= 4 && eras.every((era) => era === client.era);
  return right ? undefined : `expected 4 ${client.era} calls, got ${eras.join(', ') || 'none'}`;
}

function within<Result>(work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${CELL_MS} ms`)), CELL_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
