import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  appendAll,
  makeUsageWorld,
  onceEach,
  usageRecords,
} from '../../test/support/usage-world.ts';
import { usageRecord } from '../../test/support/usage-record.ts';
import type { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { realDisk, type Disk } from './segment.ts';
import { decodeUsageLine, type UsageRecord } from './store.ts';

describe('the usage log', () => {
  for (const durability of ['strict', 'standard'] as const) {
    test(`moves what was appended into the store (${durability})`, async (t) => {
      const { open, counts, files } = makeUsageWorld(t);
      const log = await open({ durability, segmentBytes: 16 * 1024 });
      const records = usageRecords(1_000);
      await appendAll(log, records.slice(0, 900));
      for (const one of records.slice(900, 910)) await log.append(one);
      await log.drain();
      assert.deepEqual(counts, onceEach(records.slice(0, 910)));
      await appendAll(log, records.slice(910));
      await Promise.all([log.close(), log.close()]);
      assert.deepEqual(counts, onceEach(records));
      assert.deepEqual(files(), []);
      await assert.rejects(log.append(usageRecord()), { code: 'shutting_down' });
    });
  }

  test('drains by itself within usageDrainMs', async (t) => {
    const { open, counts } = makeUsageWorld(t);
    const log = await open();
    await log.append(usageRecord());
    for (let waited = 0; counts.size === 0 && waited < 100; waited++)
      await wait(limits.usageDrainMs / 5);
    assert.equal(counts.size, 1);
    await log.close();
  });

  test('a strict append is synced by the write itself', async (t) => {
    if (process.platform !== 'linux') return t.skip('reads /proc');
    const { open, directory } = makeUsageWorld(t);
    const log = await open({ durability: 'strict' });
    await log.append(usageRecord());
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

  test('a standard write is made in place, a strict one is waited for', async (t) => {
    const { directory } = makeUsageWorld(t);
    fs.mkdirSync(directory);
    const path = join(directory, 'file');
    fs.writeFileSync(path, '....');
    const fd = fs.openSync(path, 'r+');
    t.after(() => fs.closeSync(fd));
    assert.equal(realDisk('standard').write(fd, Buffer.from('ab'), 1), undefined);
    assert.equal(fs.readFileSync(path, 'utf8'), '.ab.');
    await realDisk('strict').write(fd, Buffer.from('c'), 3);
    assert.equal(fs.readFileSync(path, 'utf8'), '.abc');
  });

  test('a standard append is synced once in usageSyncMs, and at the end', async (t) => {
    const { open } = makeUsageWorld(t);
    let syncs = 0;
    const sync: Disk['sync'] = (fd) => {
      syncs++;
      return realDisk('standard').sync(fd);
    };
    const log = await open({ durability: 'standard', disk: { ...realDisk('standard'), sync } });
    const start = performance.now();
    for (let count = 0; count < 20; count++) await log.append(usageRecord());
    const windows = Math.ceil((performance.now() - start) / limits.usageSyncMs);
    assert.ok(syncs <= windows, `${syncs} syncs in ${windows} windows`);
    for (let waited = 0; syncs === 0 && waited < 100; waited++) await wait(limits.usageSyncMs / 5);
    assert.ok(syncs > 0);
    const before = syncs;
    await log.append(usageRecord());
    await log.close();
    assert.ok(syncs > before);
  });

  test('its files are laid out whole, usageSegmentBytes each', async (t) => {
    const { open, directory, files } = makeUsageWorld(t);
    const log = await open();
    await log.append(usageRecord());
    const sizes = files().map((name) => fs.statSync(join(directory, name)).size);
    assert.deepEqual(sizes, [limits.usageSegmentBytes]);
    await log.close();
  });

  test('records that come together are written together', async (t) => {
    const { open } = makeUsageWorld(t);
    let writes = 0;
    const write: Disk['write'] = (...args) => {
      writes++;
      return realDisk('strict').write(...args);
    };
    const log = await open({ durability: 'strict', disk: { ...realDisk('strict'), write } });
    await appendAll(log, usageRecords(300));
    assert.equal(writes, 1);
    await appendAll(log, usageRecords(300, { tool: 'x'.repeat(1_000) }));
    assert.ok(writes >= 3, 'usageGroupCharactersMax splits a large group');
    await log.close();
  });

  test('usageQueueMax records may wait, not one more', async (t) => {
    const { open, counts } = makeUsageWorld(t);
    const log = await open({ durability: 'standard' });
    const waiting = appendAll(log, usageRecords(limits.usageQueueMax));
    await assert.rejects(log.append(usageRecord()), { code: 'too_many' });
    await waiting;
    await log.append(usageRecord());
    await log.close();
    assert.equal(counts.size, limits.usageQueueMax + 1);
  });

  test('a record of usageLineCharactersMax is kept, a larger one is rejected', async (t) => {
    const { open, counts } = makeUsageWorld(t);
    const log = await open();
    const overhead = JSON.stringify(usageRecord({ chargeKey: '' })).length;
    const chargeKey = 'x'.repeat(limits.usageLineCharactersMax - overhead);
    await log.append(usageRecord({ chargeKey }));
    await assert.rejects(
      log.append(usageRecord({ chargeKey: `${chargeKey}${'x'.repeat(overhead)}` })),
      {
        code: 'payload_too_large',
      },
    );
    await log.close();
    assert.equal(counts.size, 1);
  });
});

describe('when the store fails', () => {
  test('records wait in the log, over a restart too', async (t) => {
    const { open, counts, state, said, files } = makeUsageWorld(t);
    state.down = true;
    const records = usageRecords(500);
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
    const { open, counts, state, said } = makeUsageWorld(t);
    state.down = true;
    const log = await open();
    await log.append(usageRecord());
    while (!said.includes('usage records wait for the store')) await wait(20);
    state.down = false;
    while (counts.size === 0) await wait(20);
    assert.ok(limits.usageRetryMsMin < limits.usageRetryMsMax);
    await log.close();
  });

  test('a record that it refuses is set aside and blocks no other', async (t) => {
    const { open, counts, state, said, directory } = makeUsageWorld(t);
    state.refuseTool = 'poison';
    const log = await open();
    const [good, bad] = [usageRecords(5), usageRecord({ tool: 'poison' })];
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
    const { open, state, directory } = makeUsageWorld(t);
    state.down = true;
    fs.mkdirSync(directory, { recursive: true });
    const sparse = join(directory, '000000000001.usage');
    fs.writeFileSync(sparse, '');
    fs.truncateSync(sparse, limits.usageBacklogBytesMax);
    const log = await open();
    await assert.rejects(log.append(usageRecord()), { code: 'storage_unavailable' });
    fs.rmSync(sparse);
    await log.close();
  });
});

describe('when the disk fails', () => {
  for (const durability of ['strict', 'standard'] as const) {
    test(`those appends are rejected, later ones succeed (${durability})`, async (t) => {
      const { open, counts, said } = makeUsageWorld(t);
      const disk = { broken: false };
      const real = realDisk(durability);
      const write: Disk['write'] = (fd, bytes, position) => {
        if (!disk.broken) return real.write(fd, bytes, position);
        const half = real.write(fd, bytes.subarray(0, bytes.length >> 1), position);
        if (half === undefined) throw new Error('EIO: the disk is broken');
        return half.then(() => Promise.reject(new Error('EIO: the disk is broken')));
      };
      const log = await open({ durability, disk: { ...real, write } });
      const [before, during, after] = [usageRecords(3), usageRecords(3), usageRecords(3)];
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
  }

  test('a sync that fails ends its file, and the next write makes a new one', async (t) => {
    const { open, counts, said, state } = makeUsageWorld(t);
    const disk = { broken: true };
    const sync: Disk['sync'] = (fd) =>
      disk.broken
        ? Promise.reject(new Error('EIO: the disk is broken'))
        : realDisk('standard').sync(fd);
    const log = await open({ durability: 'standard', disk: { ...realDisk('standard'), sync } });
    state.down = true;
    const records = usageRecords(2);
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
    const { open, counts, directory } = makeUsageWorld(t);
    const log = await open({ segmentBytes: 4 * 1024 });
    const kept: UsageRecord[] = [];
    const append = async (): Promise<boolean> => {
      const one = usageRecord();
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
    const { open, directory } = makeUsageWorld(t);
    fs.writeFileSync(directory, 'a file');
    await assert.rejects(open(), /EEXIST|ENOTDIR/);
  });
});
