import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  StreamableHTTPClientTransport,
  type CallToolResult,
  type VersionNegotiationOptions,
} from '@modelcontextprotocol/client';
import { callApi } from './call-api.ts';
import { chargesOf, saidCost, type SaidCost } from './charged-calls.ts';
import { checkedCalls, type CheckedCall } from './checked-calls.ts';
import type { RunningQuickstart } from './start-everything.ts';

const LISTED_MS = 20_000;
const LIST_AGAIN_MS = 250;

/** The two kinds of client there are. */
export type ClientEra = 'modern' | 'legacy';

/** One call as it went. */
export interface CallRow {
  readonly service: string;
  readonly tool: string;
  readonly clientEra: ClientEra;
  /** What is wrong with the answer; undefined when it is right. */
  readonly problem: string | undefined;
  readonly milliseconds: number;
  /** From the usage record; undefined when there is none. */
  readonly upstreamEra: string | undefined;
  /** What was charged, with its currency; undefined when nothing was. */
  readonly cost: string | undefined;
}

/** A call, what it should cost and what its result said that it costs. */
interface PricedRow extends CallRow {
  readonly expectedCost: string;
  readonly said: SaidCost | undefined;
}

/** All calls, and when the first was answered: milliseconds after the start of this process. */
export interface CallResults {
  readonly rows: readonly CallRow[];
  readonly firstAnswerMs: number;
}

const eras: Readonly<Record<ClientEra, VersionNegotiationOptions>> = {
  modern: { mode: { pin: '2026-07-28' } },
  legacy: { mode: 'legacy' },
};

/** Lists and calls the tools of all services through `/mcp`, once with each client. */
export async function runCalls(gateway: RunningQuickstart): Promise<CallResults> {
  const from = new Date().toISOString();
  const run = String(Date.now());
  const rows: PricedRow[] = [];
  let firstAnswerMs = 0;
  for (const era of ['modern', 'legacy'] as const) {
    const calls = checkedCalls(era, run);
    const session = await connect(gateway, era, calls.map(publicName));
    try {
      for (const call of calls) {
        rows.push(await makeCall(session, era, call));
        if (firstAnswerMs === 0) firstAnswerMs = performance.now();
      }
    } finally {
      await session.client.close();
    }
  }
  return { rows: await withUsage(gateway, from, rows), firstAnswerMs };
}

interface Session {
  readonly client: Client;
  readonly toolNames: ReadonlySet<string>;
  /** How often the user was asked so far. */
  questions: number;
}

async function connect(
  gateway: RunningQuickstart,
  era: ClientEra,
  wanted: readonly string[],
): Promise<Session> {
  const client = new Client(
    { name: `quickstart-${era}`, version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: eras[era] },
  );
  const session = { client, toolNames: new Set<string>(), questions: 0 };
  client.setRequestHandler('elicitation/create', ({ params }) => {
    session.questions += 1;
    const schema = JSON.stringify('requestedSchema' in params ? params.requestedSchema : {});
    const content = schema.includes('"confirm"') ? { confirm: true } : { name: 'Ada', integer: 7 };
    return { action: 'accept', content };
  });
  const transport = new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${gateway.apiKey}` } },
  });
  await client.connect(transport);
  return Object.assign(session, { toolNames: await listTools(client, wanted) });
}

/**
 * Lists until every wanted tool is there: a program that is started anew for what this client can
 * do joins the list once it is up, and the list does not wait for it long.
 */
async function listTools(client: Client, wanted: readonly string[]): Promise<ReadonlySet<string>> {
  const deadlineMs = Date.now() + LISTED_MS;
  for (;;) {
    const { tools } = await client.listTools(undefined, { cacheMode: 'refresh' });
    const names = new Set(tools.map(({ name }) => name));
    if (wanted.every((name) => names.has(name)) || Date.now() > deadlineMs) return names;
    await delay(LIST_AGAIN_MS);
  }
}

function publicName({ service, tool }: CheckedCall): string {
  return `${service}__${tool}`;
}

async function makeCall(session: Session, era: ClientEra, call: CheckedCall): Promise<PricedRow> {
  const { service, tool, cost: expectedCost } = call;
  const name = publicName(call);
  const unknown = { upstreamEra: undefined, cost: undefined, said: undefined };
  const row = { service, tool, clientEra: era, expectedCost, ...unknown };
  if (!session.toolNames.has(name)) {
    return { ...row, problem: `${name} is not listed`, milliseconds: 0 };
  }
  let progress = 0;
  const questionsBefore = session.questions;
  const startedAt = performance.now();
  let problem: string | undefined;
  let said: SaidCost | undefined;
  try {
    const result: CallToolResult = await session.client.callTool(
      { name, arguments: { ...call.arguments } },
      { onprogress: () => (progress += 1), timeout: 20_000 },
    );
    said = saidCost(result._meta);
    problem = call.check(result, { progress, questions: session.questions - questionsBefore });
  } catch (error) {
    problem = (error as Error).message;
  }
  return { ...row, said, problem, milliseconds: performance.now() - startedAt };
}

/** Adds what the gateway's usage records and charges say about each call. */
async function withUsage(
  gateway: RunningQuickstart,
  from: string,
  rows: readonly PricedRow[],
): Promise<readonly CallRow[]> {
  const query = new URLSearchParams({ from, limit: '500', order: 'oldest' });
  const { records } = await callApi(gateway, 'GET', `/api/v1/usage?${query.toString()}`);
  const calls = (records as readonly Record<string, unknown>[]).filter(
    ({ method, outcome }) => method === 'tools/call' && outcome !== 'input_required',
  );
  const recordOf = (row: CallRow): Record<string, unknown> | undefined =>
    calls.find((item) => item['tool'] === row.tool && item['clientEra'] === row.clientEra);
  const ids = rows.flatMap((row) => recordOf(row)?.['id'] ?? []);
  const charges = await chargesOf(gateway, ids.map(String));
  return rows.map((row) => {
    const record = recordOf(row);
    if (record === undefined) return { ...row, problem: row.problem ?? 'there is no usage record' };
    const { upstreamEra } = record;
    const cost = charges.get(String(record['id']));
    return {
      ...row,
      problem: row.problem ?? costProblem(row, cost),
      upstreamEra: typeof upstreamEra === 'string' ? upstreamEra : 'none',
      cost,
    };
  });
}

/** To the last digit: what the result said, what was charged, and what the plan says. */
function costProblem({ expectedCost, said }: PricedRow, charged: string | undefined) {
  if (said === undefined) return 'its result does not say what it costs';
  const expected = `${expectedCost} USD`;
  if (`${said.amount} ${said.currency}` !== expected) {
    return `its result says ${said.amount} ${said.currency}, and ${expected} is right`;
  }
  // A price that falls with what is used may have fallen.
  if (said.isEstimate && charged !== undefined) return undefined;
  return charged === expected ? undefined : `${charged ?? 'nothing'} was charged, not ${expected}`;
}
