import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gatewayDatabase, type GatewayDatabase } from '../../test/support/gateway-database.ts';

const program = fileURLToPath(new URL('quickstart.ts', import.meta.url));

/** Runs the quickstart to its end. */
async function run(database: GatewayDatabase, ...flags: readonly string[]) {
  const env = { ...process.env, ...database.environment };
  const child = spawn(process.execPath, [program, '--once', ...flags], { env });
  let out = '';
  let error = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, error };
}

describe('the quickstart', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'quickstart-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('gets every call right, on the first run and on the next', async () => {
    await using database = await gatewayDatabase();
    for (let turn = 0; turn < 2; turn++) {
      const { code, out, error } = await run(database, '--port=0', `--data-dir=${folder}`);
      assert.equal(code, 0, `${out}\n${error}`);
      assert.match(out, /^22 of 22 calls right; first answered call \d+ ms after the start\.$/m);
      assert.match(
        out,
        /^> Which products can I order\?\n {2}step 1 {2}orders__listProducts \{\}: ok, /m,
      );
      assert.match(out, /demo answers, no language model/);
      for (const service of ['orders', 'everything', 'memory', 'rooms']) {
        for (const era of ['modern', 'legacy']) {
          const row = `^${service} +\\S+ +${era} +(modern|legacy) +right +[\\d.]+ +0\\.\\d+ USD$`;
          assert.match(out, new RegExp(row, 'm'));
        }
      }
    }
    assert.equal(statSync(join(folder, 'quickstart.key')).mode & 0o777, 0o600);
  });

  it('says when its port is in use', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const empty = mkdtempSync(join(tmpdir(), 'quickstart-'));
    await using database = await gatewayDatabase();
    const { code, error } = await run(database, `--port=${port}`, `--data-dir=${empty}`);
    blocker.close();
    assert.ok(existsSync(join(empty, 'quickstart.key')), 'a later run needs the key');
    rmSync(empty, { recursive: true, force: true });
    assert.equal(code, 1);
    assert.match(
      error,
      new RegExp(`^quickstart: .*:${port}: another program uses that port.*\\n$`),
    );
  });
});
