import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/kernel/log.ts';
import { tenantId } from '../src/kernel/principal.ts';
import { encodeUsageLine, firstIdAt, type UsageRecord } from '../src/metering/store.ts';
import { openPostgresStorage } from '../src/storage/postgres/open-postgres-storage.ts';
import { openSqliteStorage } from '../src/storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { findPostgres, startPostgres } from '../test/support/start-postgres.ts';

/** Where analytics is measured. */
export interface AnalyticsWorld extends AsyncDisposable {
  readonly storage: Storage;
}

/** The tenant whose usage is measured. */
export const TENANT = tenantId('ten_bench');
/** The first moment of the usage, and how many days of it there are. */
export const START_MS = Date.UTC(2026, 5, 1);
export const DAYS = 90;

const DAY_MS = 86_400_000;
const USERS = 200;
const SERVICES = 10;
const TOOLS = 80;

/** Empty storage of an engine; undefined where the engine is not installed. */
export async function openWorld(
  engine: 'sqlite' | 'postgres',
): Promise<AnalyticsWorld | undefined> {
  if (engine === 'sqlite') {
    const dataDir = await mkdtemp(join(tmpdir(), 'bench-analytics-'));
    const storage = await openSqliteStorage({ dataDir, log: silentLog });
    return {
      storage,
      [Symbol.asyncDispose]: async () => {
        await storage.close();
        await rm(dataDir, { recursive: true });
      },
    };
  }
  const programs = findPostgres();
  if (programs === undefined) return undefined;
  const server = await startPostgres(programs);
  const sizes = { poolMax: 4, connectMs: 5_000, statementMs: 120_000 };
  const storage = await openPostgresStorage({ url: server.url, ...sizes, log: silentLog });
  return {
    storage,
    [Symbol.asyncDispose]: async () => {
      await storage.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/**
 * Lines of records from the `first` on, of `all` that are spread evenly over the days, or at the
 * last moment: 200 users with 250 keys call 80 tools of 10 services, few of them most of the time.
 */
export function linesFrom(first: number, count: number, all: number, isNow = false): Buffer {
  const lines: string[] = [];
  for (let index = first; index < first + count; index++) {
    const share = isNow ? 1 : index / all;
    lines.push(encodeUsageLine(recordOf(index, START_MS + Math.floor(share * DAYS * DAY_MS))));
  }
  return Buffer.from(lines.join(''));
}

function recordOf(index: number, startedAtMs: number): UsageRecord {
  const user = often(index * 3, USERS);
  const tool = often(index * 3 + 1, TOOLS);
  const luck = random(index * 3 + 2);
  const id = `${firstIdAt(startedAtMs)}${index.toString(16).padStart(20, '7')}`;
  const key = `key_${id32(user + (user % 4 === 0 && luck > 0.5 ? USERS : 0))}`;
  const durationMs = Math.round(1_000 * Math.exp(2 + 3 * random(index * 7))) / 1_000;
  return {
    id,
    tenant: TENANT,
    chargeKey: id,
    nodeId: 'nod_bench',
    credentialId: key,
    userId: `usr_${id32(user)}`,
    sessionId: null,
    serviceId: `svc_${id32(tool % SERVICES)}`,
    method: 'tools/call',
    tool: `tool_${tool}`,
    clientEra: 'modern',
    upstreamEra: 'modern',
    outcome: luck < 0.95 ? 'ok' : luck < 0.98 ? 'tool_error' : 'timeout',
    startedAtMs,
    endedAtMs: startedAtMs + Math.round(durationMs),
    durationMs,
    upstreamMs: durationMs / 2,
    bytesIn: 400,
    bytesOut: 900 + (index % 100),
    events: 0,
    upstreamCalled: true,
    grantId: key,
    actor: null,
    task: null,
    attributes: null,
    quantities: null,
    holds: null,
    part: null,
  };
}

/** As long as the ids of the gateway are. */
function id32(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** One of so many, the first ones more often than the last. */
function often(seed: number, count: number): number {
  return Math.floor(count * random(seed) ** 2);
}

/** The same numbers in every run: what differs between two runs is not the data. */
function random(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
