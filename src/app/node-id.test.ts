import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { nodeId } from './node-id.ts';

const ids = new IdSource();

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-node-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a node has one id for good, whoever asks first, and another in another folder', async (t) => {
  const folder = join(makeFolder(t), 'new');
  const made = await Promise.all(
    Array.from({ length: 8 }, () => nodeId(undefined, folder, new IdSource())),
  );
  assert.equal(new Set(made).size, 1);
  assert.match(made[0] ?? '', /^nod_[0-9a-f]{32}$/);
  assert.equal(await nodeId(undefined, folder, ids), made[0]);
  assert.deepEqual(readdirSync(folder), ['node.id']);
  assert.notEqual(await nodeId(undefined, makeFolder(t), ids), made[0]);
});

test('a configured id counts, and leaves nothing behind', async (t) => {
  const folder = makeFolder(t);
  assert.equal(await nodeId('blue', folder, ids), 'blue');
  assert.deepEqual(readdirSync(folder), []);
});

test('a file that holds no id is refused', async (t) => {
  const folder = makeFolder(t);
  for (const text of ['', 'a b', 'n'.repeat(limits.nodeIdLengthMax + 1)]) {
    writeFileSync(join(folder, 'node.id'), text);
    await assert.rejects(nodeId(undefined, folder, ids), { code: 'invalid_configuration' });
  }
  writeFileSync(join(folder, 'node.id'), `${'n'.repeat(limits.nodeIdLengthMax)}\n`);
  assert.equal(await nodeId(undefined, folder, ids), 'n'.repeat(limits.nodeIdLengthMax));
});

test('ids of instances that work at the same moment differ', () => {
  const [one, other] = [new IdSource(() => 5), new IdSource(() => 5)];
  const made = new Set<string>();
  for (let count = 0; count < 10_000; count++) made.add(one.next('svc')).add(other.next('svc'));
  assert.equal(made.size, 20_000);
});
