import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { describe, test, type TestContext } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { realDisk, type Disk } from './segment.ts';
import { decodeUsageLine, type UsageLog, type UsageRecord, type UsageStore } from './store.ts';
import { openUsageLog, type UsageLogOptions } from './usage-log.ts';

const ids = new IdSource();

function record(changes: Partial<UsageRecord> = {}): UsageRecord {
  const id = ids.next('use');
  return {
    id,
    tenant: 'ten_a',
    chargeKey: id,
    nodeId: 'node-1',
    credentialId: 'key_1',
    userId: 'usr_1',
    sessionId: null,
    serviceId: 'svc_1',
    method: 'tools/call',
    tool: 'search',
    clientEra: 'modern',
    upstreamEra: null,
    outcome: 'ok',
    startedAtMs: 1,
    endedAtMs: 2,
    durationMs: 1.5,
    upstreamMs: 1,
    bytesIn: 10,
    bytesOut: 20,
    events: 0,
    upstreamCalled: true,
    ...changes,
  };
}

/** A store that counts how often each id came, and refuses or fails when told to. */
function makeStore() {
  const counts = new Map<string, number>();
  const state = { down: false, refuseTool: '' };
  const insert: UsageStore['insert'] = async (lines) => {
    await setImmediate();
    if (state.down) throw new GatewayError('storage_unavailable');
    const refused = [];
    for (const line of Buffer.from(lines).toString('utf8').trimEnd().split('\n')) {
      const row = decodeUsageLine(line);
      if (row[9] === state.refuseTool) refused.push({ line, reason: 'told to' });
      else counts.set(String(row[0]), (counts.get(String(row[0])) ?? 0) + 1);
    }
    return refused;
  };
  return { counts, state, store: { insert } as UsageStore };
}

function makeLog() {
  const said: string[] = [];
  const say: Log['info'] = (_fields, message) => void said.push(message);
  return { said, log: { debug: say, info: say, warn: say, error: say } };
}

function setUp(t: TestContext) {
  const directory = join(fs.mkdtempSync(join(tmpdir(), 'gateway-log-')), 'usage');
  t.after(() => fs.rmSync(join(directory, '..'), { recursive: true, force: true }));
  const { counts, state, store } = makeStore();
  const { said, log } = makeLog();
  const open = (options: Partial<UsageLogOptions> = {}): Promise<UsageLog> =>
    openUsageLog({ directory, store, durability: 'strict', log, ...options });
  const files = (): string[] => fs.readdirSync(directory).toSorted();
  return { directory, counts, state, said, open, files };
}

const appendAll = (log: UsageLog, records: readonly UsageRecord[]): Promise<void[]> =>
  Promise.all(records.map((one) => log.append(one)));

const make = (count: number, changes?: Partial<UsageRecord>): UsageRecord[] =>
  Array.from({ length: count }, () => record(changes));

const onceEach = (records: readonly UsageRecord[]): Map<string, number> =>
  new Map(records.map(({ id }) => [id, 1]));

describe('the usage log', () => {
  for (const durability of ['strict', 'standard'] as const) {
    test(`moves what was appended into the store (${durability})`, async (t) => {
      const { open, counts, files } = setUp(t);
      const log = await open({ durability, segmentBytes: 16 * 1024 });
      const records = make(1_000);
      await appendAll(log, records.slice(0, 900));
      for (const one of records.slice(900, 910)) await log.append(one);
      await log.drain();
      assert.deepEqual(counts, onceEach(records.slice(0, 910)));
      await appendAll(log, records.slice(910));
      await Promise.all([log.close(), log.close()]);
      assert.deepEqual(counts, onceEach(records));
      assert.deepEqual(files(), []);
      await assert.rejects(log.append(record()), { code: 'shutting_down' });
    });
  }

  test('drains by itself within usageDrainMs', async (t) => {
    const { open, counts } = setUp(t);
    const log = await open();
    await log.append(record());
    for (let waited = 0; counts.size === 0 && waited < 100; waited++)
      await wait(limits.usageDrainMs / 5);
    assert.equal(counts.size, 1);
    await log.close();
  });

  test('a strict append is synced by the write itself', async (t) => {
    if (process.platform !== 'linux') return t.skip('reads /proc');
    const { open, directory } = setUp(t);
    const log = await open();
    await log.append(record());
    const flags = fs.readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        if (!fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory)) return [];
        const info = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
        return [Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8)];
      } catch {
        return [];
      }
    });
    const O_DSYNC = 0o10000;
    assert.ok(flags.length > 0);
    for (const flag of flags) assert.equal(flag & O_DSYNC, O_DSYNC);
    await log.close();
  });

  test('a standard append is synced once in usageSyncMs, and at the end', async (t) => {
    const { open } = setUp(t);
    let syncs = 0;
    const sync: Disk['sync'] = (fd) => {
      syncs++;
      return realDisk.sync(fd);
    };
    const log = await open({ durability: 'standard', disk: { ...realDisk, sync } });
    const start = performance.now();
    for (let count = 0; count < 20; count++) await log.append(record());
    const windows = Math.ceil((performance.now() - start) / limits.usageSyncMs);
    assert.ok(syncs <= windows, `${syncs} syncs in ${windows} windows`);
    for (let waited = 0; syncs === 0 && waited < 100; waited++) await wait(limits.usageSyncMs / 5);
    assert.ok(syncs > 0);
    const before = syncs;
    await log.append(record());
    await log.close();
    assert.ok(syncs > before);
  });

  test('its files are laid out whole, usageSegmentBytes each', async (t) => {
    const { open, directory, files } = setUp(t);
    const log = await open();
    await log.append(record());
    const sizes = files().map((name) => fs.statSync(join(directory, name)).size);
    assert.deepEqual(sizes, [limits.usageSegmentBytes]);
    await log.close();
  });

  test('records that come together are written together', async (t) => {
    const { open } = setUp(t);
    let writes = 0;
    const write: Disk['write'] = (...args) => {
      writes++;
      return realDisk.write(...args);
    };
    const log = await open({ disk: { ...realDisk, write } });
    await appendAll(log, make(300));
    assert.equal(writes, 1);
    await appendAll(log, make(300, { tool: 'x'.repeat(1_000) }));
    assert.ok(writes >= 3, 'usageGroupCharactersMax splits a large group');
    await log.close();
  });

  test('usageQueueMax records may wait, not one more', async (t) => {
    const { open, counts } = setUp(t);
    const log = await open({ durability: 'standard' });
    const waiting = appendAll(log, make(limits.usageQueueMax));
    await assert.rejects(log.append(record()), { code: 'too_many' });
    await waiting;
    await log.append(record());
    await log.close();
    assert.equal(counts.size, limits.usageQueueMax + 1);
  });

  test('a record of usageLineCharactersMax is kept, a larger one is rejected', async (t) => {
    const { open, counts } = setUp(t);
    const log = await open();
    const overhead = JSON.stringify(record({ chargeKey: '' })).length;
    const chargeKey = 'x'.repeat(limits.usageLineCharactersMax - overhead);
    await log.append(record({ chargeKey }));
    await assert.rejects(log.append(record({ chargeKey: `${chargeKey}${'x'.repeat(overhead)}` })), {
      code: 'payload_too_large',
    });
    await log.close();
    assert.equal(counts.size, 1);
  });
});

describe('when the store fails', () => {
  test('records wait in the log, over a restart too', async (t) => {
    const { open, counts, state, said, files } = setUp(t);
    state.down = true;
    const records = make(500);
    const first = await open({ segmentBytes: 16 * 1024 });
    await appendAll(first, records.slice(0, 400));
    await assert.rejects(first.drain(), { code: 'storage_unavailable' });
    await first.close();
    assert.ok(files().length > 0);
    assert.ok(said.includes('usage records stay behind'));

    const second = await open();
    await appendAll(second, records.slice(400));
    state.down = false;
    await second.drain();
    await second.close();
    assert.deepEqual(counts, onceEach(records));
    assert.deepEqual(files(), []);
  });

  test('the drain tries again by itself', async (t) => {
    const { open, counts, state, said } = setUp(t);
    state.down = true;
    const log = await open();
    await log.append(record());
    while (!said.includes('usage records wait for the store')) await wait(20);
    state.down = false;
    while (counts.size === 0) await wait(20);
    assert.ok(limits.usageRetryMsMin < limits.usageRetryMsMax);
    await log.close();
  });

  test('a record that it refuses is set aside and blocks no other', async (t) => {
    const { open, counts, state, said, directory } = setUp(t);
    state.refuseTool = 'poison';
    const log = await open();
    const [good, bad] = [make(5), record({ tool: 'poison' })];
    await appendAll(log, [...good.slice(0, 2), bad, ...good.slice(2)]);
    await log.close();
    assert.deepEqual(counts, onceEach(good));
    const aside = fs.readFileSync(join(directory, 'refused.ndjson'), 'utf8').trimEnd().split('\n');
    assert.equal(aside.length, 1);
    const { line, reason } = JSON.parse(aside[0] ?? '') as { line: string; reason: string };
    assert.equal(reason, 'told to');
    assert.equal(decodeUsageLine(line)[0], bad.id);
    assert.ok(said.includes('usage records that the store refuses were set aside'));
  });

  test('appends are rejected once usageBacklogBytesMax is reached', async (t) => {
    const { open, state, directory } = setUp(t);
    state.down = true;
    fs.mkdirSync(directory, { recursive: true });
    const sparse = join(directory, '000000000001.usage');
    fs.writeFileSync(sparse, '');
    fs.truncateSync(sparse, limits.usageBacklogBytesMax);
    const log = await open();
    await assert.rejects(log.append(record()), { code: 'storage_unavailable' });
    fs.rmSync(sparse);
    await log.close();
  });
});

describe('when the disk fails', () => {
  test('the appends of that write are rejected, later ones succeed', async (t) => {
    const { open, counts, said } = setUp(t);
    const disk = { broken: false };
    const write: Disk['write'] = async (fd, bytes, position) => {
      if (!disk.broken) return realDisk.write(fd, bytes, position);
      await realDisk.write(fd, bytes.subarray(0, bytes.length >> 1), position);
      throw new Error('EIO: the disk is broken');
    };
    const log = await open({ disk: { ...realDisk, write } });
    const [before, during, after] = [make(3), make(3), make(3)];
    await appendAll(log, before);
    disk.broken = true;
    for (const one of during) {
      await assert.rejects(log.append(one), { code: 'storage_unavailable' });
    }
    disk.broken = false;
    for (;;) {
      const healed = await log.append(after[0] as UsageRecord).then(
        () => true,
        () => false,
      );
      if (healed) break;
      await wait(20);
    }
    await appendAll(log, after.slice(1));
    await log.close();
    assert.deepEqual(counts, onceEach([...before, ...after]));
    assert.ok(said.includes('the usage log cannot be written'));
  });

  test('a sync that fails ends its file, and the next write makes a new one', async (t) => {
    const { open, counts, said, state } = setUp(t);
    const disk = { broken: true };
    const sync: Disk['sync'] = (fd) =>
      disk.broken ? Promise.reject(new Error('EIO: the disk is broken')) : realDisk.sync(fd);
    const log = await open({ durability: 'standard', disk: { ...realDisk, sync } });
    state.down = true;
    const records = make(2);
    await log.append(records[0] as UsageRecord);
    while (!said.includes('the usage log cannot be written')) await wait(10);
    disk.broken = false;
    const healed = async (): Promise<boolean> =>
      log.append(records[1] as UsageRecord).then(
        () => true,
        () => false,
      );
    while (!(await healed())) await wait(20);
    state.down = false;
    await log.close();
    assert.deepEqual(counts, onceEach(records));
  });

  test('a folder that went away rejects, and heals when it is back', async (t) => {
    const { open, counts, directory } = setUp(t);
    const log = await open({ segmentBytes: 4 * 1024 });
    const kept: UsageRecord[] = [];
    const append = async (): Promise<boolean> => {
      const one = record();
      return log.append(one).then(
        () => kept.push(one) > 0,
        (error: unknown) => {
          assert.equal((error as GatewayError).code, 'storage_unavailable');
          return false;
        },
      );
    };
    await append();
    fs.renameSync(directory, `${directory}-away`);
    while (await append());
    fs.renameSync(`${directory}-away`, directory);
    while (!(await append())) await wait(20);
    await log.close();
    assert.deepEqual(counts, onceEach(kept));
  });

  test('a folder that cannot be used is known when the log is opened', async (t) => {
    const { open, directory } = setUp(t);
    fs.writeFileSync(directory, 'a file');
    await assert.rejects(open(), /EEXIST|ENOTDIR/);
  });
});

describe('what a dead process left', () => {
  /** The files of a log that was never closed, in a folder of their own. */
  async function leave(t: TestContext, records: readonly UsageRecord[]) {
    const world = setUp(t);
    world.state.down = true;
    const dead = await world.open({ segmentBytes: 16 * 1024 });
    for (const one of records) await dead.append(one);
    const saved = `${world.directory}-saved`;
    fs.mkdirSync(saved);
    for (const name of world.files())
      fs.copyFileSync(join(world.directory, name), join(saved, name));
    await dead.close();
    fs.rmSync(world.directory, { recursive: true });
    fs.renameSync(saved, world.directory);
    world.state.down = false;
    return world;
  }

  test('is moved into the store', async (t) => {
    const records = make(300);
    const { open, counts, files, said } = await leave(t, records);
    assert.ok(files().length > 2, files().join(' '));
    const log = await open();
    await log.drain();
    assert.deepEqual(counts, onceEach(records));
    assert.ok(said.includes('usage records are being recovered'));
    await log.close();
    assert.deepEqual(files(), []);
  });

  test('is moved even when one of its files cannot be read', async (t) => {
    const records = make(300);
    const { open, counts, files, directory } = await leave(t, records);
    const [first = ''] = files();
    fs.renameSync(join(directory, first), join(directory, 'elsewhere'));
    fs.mkdirSync(join(directory, first));
    const log = await open();
    await assert.rejects(log.drain(), /EISDIR/);
    assert.ok(counts.size > 0 && counts.size < records.length);
    fs.rmdirSync(join(directory, first));
    fs.renameSync(join(directory, 'elsewhere'), join(directory, first));
    await log.close();
    assert.equal(counts.size, records.length);
  });

  test('is kept when its end is missing', async (t) => {
    const records = make(10);
    const { open, counts, files, said, directory } = await leave(t, records);
    const [name = ''] = files();
    const log = await open();
    fs.truncateSync(join(directory, name), 1_000);
    await log.close();
    assert.ok(counts.size > 0 && counts.size < records.length);
    assert.ok(said.includes('the usage log lacks its end'));
    assert.deepEqual(files(), [`${name}.damaged`]);
  });

  test('ends where a write was cut short, and the log says so', async (t) => {
    const records = make(10);
    const { open, counts, files, said, directory } = await leave(t, records);
    const [name = ''] = files();
    const path = join(directory, name);
    const bytes = fs.readFileSync(path);
    const end = bytes.lastIndexOf(']\n') + 2;
    bytes.fill(0, end - 40);
    fs.writeFileSync(path, bytes);
    const log = await open();
    await log.close();
    assert.deepEqual(counts, onceEach(records.slice(0, -1)));
    assert.ok(said.includes('the usage log ended in an unfinished write; it was dropped'));
    assert.deepEqual(files(), []);
  });

  test('is kept when it is damaged inside; the sound records are moved', async (t) => {
    const records = make(10);
    const { open, counts, files, said, directory } = await leave(t, records);
    const [name = ''] = files();
    const path = join(directory, name);
    const bytes = fs.readFileSync(path);
    const at = bytes.indexOf(records[4]?.id ?? '');
    bytes[at] = (bytes[at] as number) ^ 1;
    fs.writeFileSync(path, bytes);
    const log = await open();
    await log.close();
    assert.deepEqual(counts, onceEach(records.toSpliced(4, 1)));
    assert.ok(said.includes('the usage log is damaged; the file is kept'));
    assert.deepEqual(files(), [`${name}.damaged`]);
  });
});
