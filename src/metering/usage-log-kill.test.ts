import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { silentLog } from '../kernel/log.ts';
import { tenantId } from '../kernel/principal.ts';
import { openSqliteStorage } from '../storage/sqlite/open-sqlite-storage.ts';
import { openUsageLog } from './usage-log.ts';

/** Kills of each durability; more of them with GATEWAY_KILLS. */
const KILLS = Number(process.env['GATEWAY_KILLS'] ?? 5);
/** The longest time a child may write before it is killed. */
const LIFE_MS_MAX = 200;

const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/**
 * Appends as fast as it can and writes each acknowledged id to its output at once. Its log drains
 * into the database all the while, in small segments, so that kills hit every step.
 */
const WRITER = `
  import { writeSync } from 'node:fs';
  import { IdSource } from ${from('../kernel/ids.ts')};
  import { openSqliteStorage } from ${from('../storage/sqlite/open-sqlite-storage.ts')};
  import { openUsageLog } from ${from('./usage-log.ts')};
  const [dataDir, durability] = process.argv.slice(1);
  const ignore = () => {};
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const { usage: store } = await openSqliteStorage({ dataDir, log });
  const usageLog = await openUsageLog({
    directory: dataDir + '/usage', store, durability, log, segmentBytes: 64 * 1024,
    startDrain: () => ({ wake: ignore }),
  });
  const ids = new IdSource();
  const say = (text) => {
    while (text !== '') {
      try {
        text = text.slice(writeSync(1, text));
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
    }
  };
  const append = async () => {
    const id = ids.next('use');
    await usageLog.append({
      id, tenant: 'ten_a', chargeKey: id, nodeId: 'node-1', credentialId: 'key_1',
      userId: 'usr_1', sessionId: null, serviceId: 'svc_1', method: 'tools/call', tool: 'search',
      clientEra: 'modern', upstreamEra: 'legacy', outcome: 'ok', startedAtMs: 1, endedAtMs: 2,
      durationMs: 1, upstreamMs: 1, bytesIn: 1, bytesOut: 2, events: 0, upstreamCalled: true,
      grantId: 'key_1', actor: null, task: null, attributes: null, quantities: null,
    });
    say(id + '\\n');
  };
  setInterval(() => void usageLog.drain(), 20);
  await Promise.all(Array.from({ length: 64 }, async () => { for (;;) await append(); }));
`;

/** Runs a writer, kills it at a random moment after its first word, returns what it said. */
async function runAndKill(dataDir: string, durability: string): Promise<readonly string[]> {
  const args = ['--input-type=module', '--eval', WRITER, dataDir, durability];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(child, 'close');
  try {
    await Promise.race([once(child.stdout, 'data'), closed]);
    await wait(Math.random() * LIFE_MS_MAX);
  } finally {
    child.kill('SIGKILL');
  }
  const [code, signal] = (await closed) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', `the writer ended by itself with code ${code}`);
  const lines = Buffer.concat(chunks).toString('latin1').split('\n');
  // The last line may be cut short; an id that was not reported whole was not acknowledged.
  return lines.slice(0, -1);
}

async function storedIds(dataDir: string): Promise<readonly string[]> {
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  const directory = join(dataDir, 'usage');
  const options = {
    directory,
    store: storage.usage,
    durability: 'strict',
    log: silentLog,
    startDrain: () => ({ wake: () => {} }),
  } as const;
  const log = await openUsageLog(options);
  await log.drain();
  await log.close();
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const query = { descending: false, rowsMax: 10_000, ...(after === undefined ? {} : { after }) };
    const page = await storage.usage.list(tenantId('ten_a'), query);
    if (page.length === 0) break;
    ids.push(...page.map(({ id }) => id));
  }
  const { records } = await storage.usage.totals(tenantId('ten_a'));
  assert.equal(records, ids.length, 'the totals count what is stored');
  await storage.close();
  return ids;
}

/** Kills writers over one data folder, then checks it against all they acknowledged. */
async function killAndCheck(dataDir: string, durability: string): Promise<string> {
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await runAndKill(dataDir, durability);
    assert.ok(said.length > 0);
    acknowledged.push(...said);
  }
  const stored = await storedIds(dataDir);
  const known = new Set(stored);
  assert.equal(known.size, stored.length, 'no record is stored twice');
  const lost = acknowledged.filter((id) => !known.has(id));
  assert.equal(lost.length, 0, `lost: ${lost.slice(0, 3).join(' ')} …`);
  assert.deepEqual(readdirSync(join(dataDir, 'usage')), []);
  const counts = `${acknowledged.length} acknowledged, ${stored.length} stored`;
  return `${durability}: ${KILLS} kills, ${counts}`;
}

test('a kill loses or doubles no acknowledged record', { timeout: 600_000 }, async (t) => {
  const runs = ['strict', 'standard'].map(async (durability) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gateway-kill-'));
    t.after(() => rmSync(dataDir, { recursive: true }));
    t.diagnostic(await killAndCheck(dataDir, durability));
  });
  await Promise.all(runs);
});
