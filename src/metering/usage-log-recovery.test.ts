import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { makeUsageWorld, onceEach, usageRecords } from '../../test/support/usage-world.ts';
import type { UsageRecord } from './store.ts';

describe('what a dead process left', () => {
  /** The files of a log that was never closed, in a folder of their own. */
  async function leave(t: TestContext, records: readonly UsageRecord[]) {
    const world = makeUsageWorld(t);
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
    const records = usageRecords(300);
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
    const records = usageRecords(300);
    const { open, counts, files, directory } = await leave(t, records);
    const [first = ''] = files();
    const log = await open();
    fs.renameSync(join(directory, first), join(directory, 'elsewhere'));
    fs.mkdirSync(join(directory, first));
    await assert.rejects(log.drain(), /EISDIR/);
    assert.ok(counts.size > 0 && counts.size < records.length);
    fs.rmdirSync(join(directory, first));
    fs.renameSync(join(directory, 'elsewhere'), join(directory, first));
    await log.close();
    assert.equal(counts.size, records.length);
  });

  test('is kept when its end is missing', async (t) => {
    const records = usageRecords(10);
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
    const records = usageRecords(10);
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
    const records = usageRecords(10);
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
