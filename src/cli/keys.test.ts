import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { run } from './run.ts';

/** Runs `keys …` on a data folder of the test's own. */
function commandLine(t: TestContext, ...settings: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const flags = ['--data-dir', folder, ...settings.flatMap((text) => ['--set', text])];
  const keys = async (...words: readonly string[]) => {
    let [out, error] = ['', ''];
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    const code = await run(['keys', ...words, ...flags], terminal);
    return { code, out, error };
  };
  const uses = async (): Promise<readonly string[]> => {
    const { out } = await keys('list');
    const rows = out.trim().split('\n').slice(1);
    return rows.map((row) => row.replace(/ +[0-9a-f]{32} +/, ' '));
  };
  return { folder, keys, uses };
}

test('keys in the data folder are rotated, checked and let go of', async (t) => {
  const { folder, keys, uses } = commandLine(t);
  assert.deepEqual(await uses(), ['k1 signs']);
  const made = await keys('rotate');
  assert.deepEqual([made.code, made.out], [0, '']);
  assert.match(made.error, /^Made the key k2 \(fingerprint [0-9a-f]{32}\) in the data folder; it/);
  assert.deepEqual(await uses(), ['k2 signs', 'k1 verifies']);
  assert.equal((await keys('check')).code, 0);
  const held = await keys('forget', 'k1');
  assert.equal(held.code, 1);
  assert.match(held.error, /The key k1 is still in the ring; take it out first\./);
  rmSync(join(folder, 'signing.key'));
  const lacking = await keys('check');
  assert.equal(lacking.code, 2);
  assert.match(lacking.error, /^mcp-gateway: The key ring lacks the key k1 .*\n$/);
  assert.equal((await keys('forget', 'k1')).code, 0);
  assert.deepEqual(await uses(), ['k2 signs']);
  assert.equal((await keys('forget', 'k1')).code, 1, 'nobody knows it any more');
  assert.match((await keys('promote', 'k2')).error, /Only keys in the database are promoted/);
});

test('a key in the database verifies first and signs once it is promoted', async (t) => {
  const { keys, uses } = commandLine(t, 'keys=database');
  assert.deepEqual(await uses(), ['k1 signs']);
  assert.match((await keys('rotate')).error, /restart every gateway, then run keys promote k2/);
  assert.deepEqual(await uses(), ['k1 signs', 'k2 verifies']);
  assert.equal((await keys('promote', 'k2')).code, 0);
  assert.deepEqual(await uses(), ['k2 signs', 'k1 verifies']);
  assert.match((await keys('forget', 'k2')).error, /The key k2 signs; promote another one first/);
  assert.equal((await keys('forget', 'k1')).code, 0);
  assert.deepEqual(await uses(), ['k2 signs']);
  for (let made = 1; made < limits.ringKeysMax; made++) {
    assert.equal((await keys('rotate')).code, 0);
  }
  assert.match((await keys('rotate')).error, /The key ring is full/);
});
