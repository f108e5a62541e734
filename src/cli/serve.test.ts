import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  /** Names of the events on stdout until it listened. */
  readonly events: readonly string[];
}

describe('serve', () => {
  let folder = '';
  const children: ChildProcess[] = [];
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gateway-serve-'))));
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const launch = (...flags: readonly string[]) => {
    const child = spawn(process.execPath, [main, ...flags, '--log-format=json'], { cwd: folder });
    children.push(child);
    return child;
  };

  /** Runs a command that ends by itself. */
  const runToEnd = async (...flags: readonly string[]) => {
    const child = launch(...flags);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => (text[name] += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number];
    return { code, ...text };
  };

  const start = async (...flags: readonly string[]): Promise<Started> => {
    const child = launch('serve', '--port=0', ...flags);
    const events: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, url } = JSON.parse(line) as { event?: string; url: string };
      if (event !== undefined) events.push(event);
      if (event !== 'gateway.listening') continue;
      child.stdout.resume();
      return { child, url, events };
    }
    throw new Error('the gateway ended before it listened');
  };

  const exitOf = async (child: ChildProcess) => {
    if (child.exitCode !== null) return child.exitCode;
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };

  it('shows the administrator once, holds its folder, and stops in order', async () => {
    const first = await start();
    assert.deepEqual(first.events, ['first_admin', 'gateway.listening']);
    assert.equal((await fetch(`${first.url}/health`)).status, 200);
    const data = join(folder, '.mcp-gateway');
    assert.equal(statSync(data).mode & 0o077, 0, 'nobody else may read the folder');
    const second = await runToEnd('serve', '--port=0');
    assert.equal(second.code, 1);
    assert.match(second.stderr, /^mcp-gateway: The data folder \S+ is in use by another .*\.\n$/);
    const doctor = await runToEnd('doctor', `--port=${new URL(first.url).port}`);
    assert.equal(doctor.code, 0, doctor.stdout);
    assert.match(doctor.stdout, /^ok +data folder lock +The data folder .* is in use/m);
    assert.match(doctor.stdout, /^ok +port +a gateway \d/m);
    const elsewhere = await runToEnd('doctor', '--port=0');
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.stdout, /^FAILED +data folder lock/m);
    first.child.kill('SIGTERM');
    assert.equal(await exitOf(first.child), 0);
    assert.ok(!readdirSync(data).includes('gateway.pid'));
    const third = await start();
    assert.deepEqual(third.events, ['gateway.listening']);
    third.child.kill('SIGINT');
    third.child.kill('SIGTERM');
    assert.equal(await exitOf(third.child), 130, 'told twice');
  });

  it('ends with the program that started it', async () => {
    const { child } = await start('--with-parent');
    child.stdin?.end();
    assert.equal(await exitOf(child), 0);
  });

  it('says in one sentence that its database is away', async () => {
    const url = 'postgres://me:hush@127.0.0.1:1/gateway';
    const flags = ['--data-dir=away', `--set=database.url=${url}`];
    const { code, stdout, stderr } = await runToEnd('serve', '--port=0', ...flags);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^mcp-gateway: The database at 127\.0\.0\.1:1\/gateway cannot be .*\.\n$/);
    assert.doesNotMatch(stderr, /hush/);
  });

  it('says in one sentence that its port is in use, and keeps the administrator', async () => {
    const { child, url } = await start();
    const { port } = new URL(url);
    const flags = ['--with-parent', '--data-dir=other'];
    const blocked = await runToEnd('serve', `--port=${port}`, ...flags);
    assert.equal(blocked.code, 1);
    assert.match(blocked.stdout, /^\{"event":"first_admin",.*"apiKey":"mgw_\w+"\}$/m);
    assert.match(blocked.stderr, /^mcp-gateway: .*:\d+: another program uses that port.*\n$/);
    child.kill('SIGTERM');
    assert.equal(await exitOf(child), 0);
  });
});
