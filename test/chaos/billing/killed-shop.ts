import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../../src/kernel/log.ts';
import { openPostgresStorage } from '../../../src/storage/postgres/open-postgres-storage.ts';
import { openSqliteStorage } from '../../../src/storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { atLeast, type Finding } from '../finding.ts';
import { register } from '../support/gateway-calls.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { FAILPOINT, failpoints } from './failpoints.ts';
import { patchSource, type Patch } from './patched-source.ts';
import { checkShop, subscribeShop } from './shop-books.ts';
import { startShopServer } from './shop-server.ts';
import { goShopping } from './shoppers.ts';

/** What is done to a shop while clients buy. */
export interface ShopTrouble {
  readonly clients: number;
  /** How often a gateway is killed at a random moment. */
  readonly kills: number;
  /** The failpoints at which a gateway is killed as well. */
  readonly failpoints: readonly string[];
  /** Where the database is when it is PostgreSQL; then there are two gateways. */
  readonly databaseUrl?: string;
  /** Bugs that are planted. */
  readonly bugs?: readonly Patch[];
  /** How long clients buy after the last kill. */
  readonly restMs: number;
}

const LIFE_MS_MIN = 300;
const LIFE_MS_MAX = 1_800;
/**
 * How long a failpoint is waited for before the gateway is killed from outside. A killed instance's
 * lease of a job must be over first, before any other reaches what that job does.
 */
const REACH_MS = 45_000;

/** Clients buy while gateways are killed; then every charge key is looked at. */
export async function killedShop(trouble: ShopTrouble): Promise<readonly Finding[]> {
  const { clients, databaseUrl, bugs = [], restMs } = trouble;
  const patches = [...trouble.failpoints.flatMap((name) => failpoints[name] ?? []), ...bugs];
  await using source = await patchSource(patches);
  await using shop = await startShopServer();
  const environment = environmentOf(databaseUrl);
  await using first = await GatewayProcess.start(environment, source.main);
  await register(first, 'shop', 'mcp-http', { url: shop.url, era: 'modern' });
  await first.stop();
  await withStorage(first, databaseUrl, subscribeShop);
  await first.start();
  await using others = new AsyncDisposableStack();
  const gateways = [first];
  if (databaseUrl !== undefined) {
    const second = others.use(await GatewayProcess.start(environment, source.main));
    second.apiKey = first.apiKey;
    gateways.push(second);
  }
  let isOver = false;
  const mark = String(randomInt(1_000_000));
  const shopping = goShopping({ gateways, clients, isOver: () => isOver, mark });
  const killed = await killAll(gateways, trouble);
  await sleep(restMs);
  isOver = true;
  const purchases = await shopping;
  for (const gateway of gateways) await gateway.stop();
  const findings = await withStorage(first, databaseUrl, (storage) =>
    checkShop(storage, purchases),
  );
  const wanted = trouble.kills + trouble.failpoints.length;
  return [
    atLeast('kills', killed.kills, wanted),
    atLeast('failpoints reached', killed.reached, trouble.failpoints.length),
    ...findings,
  ];
}

async function killAll(gateways: readonly GatewayProcess[], trouble: ShopTrouble) {
  let [kills, reached] = [0, 0];
  // Failpoints first: with a backlog of many kills the rating is behind, and seldom comes by.
  const turns = [...trouble.failpoints, ...Array.from({ length: trouble.kills }, () => undefined)];
  for (const name of turns) {
    const gateway = gateways[randomInt(gateways.length)] as GatewayProcess;
    if (name === undefined) await sleep(randomInt(LIFE_MS_MIN, LIFE_MS_MAX));
    else if (await diesAt(gateways, name)) reached++;
    await gateway.kill();
    kills++;
    for (const one of gateways) if (!one.isRunning) await startAgain(one);
  }
  return { kills, reached };
}

/** Starts all gateways so that they die at the failpoint; true once one has. */
async function diesAt(gateways: readonly GatewayProcess[], name: string): Promise<boolean> {
  for (const gateway of gateways) {
    await gateway.kill();
    gateway.extra = { [FAILPOINT]: name };
    // One that dies before it listens has reached it.
    await gateway.start().catch(() => {});
  }
  const deadlineMs = Date.now() + REACH_MS;
  let isDead = false;
  while (!isDead && Date.now() < deadlineMs) {
    isDead = gateways.some((gateway) => !gateway.isRunning);
    await sleep(50);
  }
  for (const gateway of gateways) {
    gateway.extra = {};
    await gateway.kill();
  }
  return isDead;
}

async function startAgain(gateway: GatewayProcess): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await gateway.start();
      return;
    } catch (error) {
      // What the killed one held of the folder may be free only a moment later.
      if (attempt === 5) throw error;
      await sleep(200 * attempt);
    }
  }
}

function environmentOf(databaseUrl: string | undefined): Readonly<Record<string, string>> {
  if (databaseUrl === undefined) return {};
  return {
    MCP_GATEWAY_DATABASE_URL: databaseUrl,
    MCP_GATEWAY_DATABASE_POOL_MAX: '4',
    MCP_GATEWAY_KEYS: 'database',
  };
}

async function withStorage<Result>(
  { directory }: GatewayProcess,
  databaseUrl: string | undefined,
  use: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  const settings = { poolMax: 4, connectMs: 5_000, statementMs: 60_000, log: silentLog };
  const storage =
    databaseUrl === undefined
      ? await openSqliteStorage({ dataDir: directory, log: silentLog })
      : await openPostgresStorage({ url: databaseUrl, ...settings });
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}
