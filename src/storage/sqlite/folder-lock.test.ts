import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { silentLog } from '../../kernel/log.ts';
import { openSqliteStorage } from './open-sqlite-storage.ts';

const DOOR = new URL('./open-sqlite-storage.ts', import.meta.url).href;
/** Opens the folder in its argument, says how that went, and stays. */
const HOLDER = `
  import { openSqliteStorage } from ${JSON.stringify(DOOR)};
  const nothing = () => {};
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  try {
    await openSqliteStorage({ dataDir: process.argv[1], log });
    console.log('open');
  } catch (error) {
    console.log(error.code + ': ' + error.message);
    process.exit(0);
  }
`;

function makeFolder(t: TestContext): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-lock-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

function startHolder(
  t: TestContext,
  dataDir: string,
): { child: ChildProcess; said: Promise<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', HOLDER, '--', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const said = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim());
  return { child, said };
}

async function killHard(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

test('a folder held by another gateway is refused, naming it, until it is killed', async (t) => {
  const dataDir = makeFolder(t);
  for (let round = 0; round < 2; round++) {
    const { child, said } = startHolder(t, dataDir);
    assert.equal(await said, 'open');
    await assert.rejects(openSqliteStorage({ dataDir, log: silentLog }), ({ code, message }) => {
      assert.equal(code, 'conflict');
      assert.ok(message.startsWith(`The data folder ${dataDir} is in use by another gateway`));
      assert.ok(message.includes(`(process ${child.pid} on `), message);
      return true;
    });
    await killHard(child);
    const storage = await openSqliteStorage({ dataDir, log: silentLog });
    await storage.close();
  }
});

test('of gateways that start at once exactly one gets the folder', async (t) => {
  const dataDir = makeFolder(t);
  const holders = [1, 2, 3].map(() => startHolder(t, dataDir));
  const said = await Promise.all(holders.map((holder) => holder.said));
  assert.equal(said.filter((line) => line === 'open').length, 1, said.join('\n'));
  assert.equal(said.filter((line) => line.startsWith('conflict: ')).length, 2, said.join('\n'));
  for (const { child } of holders) if (child.exitCode === null) await killHard(child);
});

test('the same process cannot hold a folder twice', async (t) => {
  const dataDir = makeFolder(t);
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  await assert.rejects(openSqliteStorage({ dataDir, log: silentLog }), { code: 'conflict' });
  await storage.close();
  const again = await openSqliteStorage({ dataDir, log: silentLog });
  await again.close();
});
