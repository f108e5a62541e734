import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { InteropClient, OpenClient } from './interop-client.ts';
import { endpoints, type Cell, type Endpoint, type Operation } from './judge.ts';
import { services, type InteropService, type ToolCall } from './services.ts';

const CELL_MS = 40_000;
const LIST_MS = 20_000;
const LIST_AGAIN_MS = 1_000;
/** Where a slow client is tried alone: one service that asks from each era. */
const fewServices: ReadonlySet<string> = new Set(['everything', 'rooms']);

/** What a client is tried against. */
export interface Trial {
  readonly gatewayUrl: string;
  /** A key that only this client has. */
  readonly apiKey: string;
  /** Where it gets a folder of its own. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** A number that no call had before. */
  nextTurn(): number;
}

/** Connects one client everywhere and fills its cells; never rejects. */
export async function tryClient(client: InteropClient, trial: Trial): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  const everywhere = {
    '/mcp': [{ path: '/mcp', tried: services, prefix: true }],
    '/mcp/{service}': services
      .filter(({ slug }) => !client.slow || fewServices.has(slug))
      .map((service) => ({ path: `/mcp/${service.slug}`, tried: [service], prefix: false })),
  } satisfies Record<Endpoint, readonly Connection[]>;
  for (const endpoint of endpoints) {
    for (const connection of everywhere[endpoint]) {
      const found = await tryConnection(client, trial, connection);
      const { name, mode } = client;
      for (const one of found) cells.push({ client: name, mode, endpoint, ...one });
    }
  }
  return cells;
}

interface Connection {
  readonly path: string;
  readonly tried: readonly InteropService[];
  /** True where tools carry their service's name. */
  readonly prefix: boolean;
}

type Tried = Pick<Cell, 'service' | 'operation' | 'problem'>;

async function tryConnection(
  client: InteropClient,
  trial: Trial,
  { path, tried, prefix }: Connection,
): Promise<readonly Tried[]> {
  const found: Tried[] = [];
  const folder = mkdtempSync(join(trial.folder, 'c-'));
  const { gatewayUrl, apiKey, signal } = trial;
  const opening = client.open({ endpoint: `${gatewayUrl}${path}`, apiKey, folder, signal });
  let open: OpenClient | undefined;
  let names: ReadonlySet<string> = new Set();
  const wanted = tried.flatMap((service) =>
    service.calls.map(({ tool }) => (prefix ? `${service.slug}__${tool}` : tool)),
  );
  const failure = await problemOf(async () => {
    open = await opening;
    names = await listPatiently(open, wanted);
    return undefined;
  });
  for (const service of tried) {
    const { slug, calls, ask } = service;
    const nameOf = ({ tool }: ToolCall): string => (prefix ? `${slug}__${tool}` : tool);
    const unlisted = (call: ToolCall): string | undefined =>
      failure ?? (names.has(nameOf(call)) ? undefined : `${nameOf(call)} is not listed`);
    const attempt = async (call: ToolCall, questions: number): Promise<string | undefined> =>
      unlisted(call) ??
      (await problemOf(() => makeCall(open, nameOf(call), call, trial.nextTurn(), questions)));
    const note = (operation: Operation, problem: string | undefined): void =>
      void found.push({ service: slug, operation, problem: problem?.slice(0, 600) });
    note(
      'list',
      calls.map(unlisted).find((problem) => problem !== undefined),
    );
    let problem: string | undefined;
    for (const call of calls) problem ??= await attempt(call, 0);
    note('call', problem);
    if (ask !== undefined) note('elicit', await attempt(ask, 1));
  }
  // A client that connected too late is closed too.
  await problemOf(async () => (await opening).close().then(() => undefined));
  return found;
}

/** Lists until all are there: a service that starts slowly joins the list of all services later. */
async function listPatiently(
  open: OpenClient,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  const deadlineMs = Date.now() + LIST_MS;
  for (;;) {
    const names = new Set(await open.toolNames());
    if (wanted.every((name) => names.has(name)) || Date.now() > deadlineMs) return names;
    await delay(LIST_AGAIN_MS);
  }
}

async function makeCall(
  open: OpenClient | undefined,
  name: string,
  call: ToolCall,
  turn: number,
  wanted: number,
): Promise<string | undefined> {
  if (open === undefined) return 'not connected';
  const { result, questions } = await open.call(name, call.input(turn));
  // Some programs print the JSON text of a result inside JSON.
  if (!call.expected.test(result.replaceAll('\\', ''))) {
    return `${call.expected.source} is not in ${result}`;
  }
  return questions === wanted ? undefined : `the user was asked ${questions} times`;
}

/** What was wrong with some work: what it resolves to, why it rejects, or that it was too slow. */
async function problemOf(work: () => Promise<string | undefined>): Promise<string | undefined> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${CELL_MS} ms`)), CELL_MS);
  try {
    return await Promise.race([work(), promise]);
  } catch (error) {
    return (error as Error).message || 'it failed without a word';
  } finally {
    clearTimeout(timer);
  }
}
