import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { cloneCheckout, cloneProblem } from './clone-checkout.ts';
import { userEnvironment } from './user-environment.ts';

const TRIAL_MS = 60_000;

describe('npm run dev', { skip: cloneProblem() }, () => {
  let home: string;
  let clone: string;
  let watch: ChildProcess | undefined;
  before(
    async () => {
      home = await mkdtemp(join(tmpdir(), 'mcp-gateway-dev-'));
      clone = join(home, 'clone');
      await cloneCheckout(clone);
    },
    { timeout: TRIAL_MS },
  );
  after(async () => {
    if (watch !== undefined && watch.exitCode === null) {
      const exited = once(watch, 'exit');
      // npm and what it runs are one process group.
      process.kill(-(watch.pid ?? 0), 'SIGTERM');
      await exited;
    }
    await rm(home, { recursive: true, force: true });
  });

  test('starts the gateway again when a file changes', { timeout: TRIAL_MS }, async () => {
    const flags = ['--port', '0', '--data-dir', join(home, 'data'), '--log-format', 'json'];
    watch = spawn('npm', ['run', 'dev', '--', ...flags], {
      cwd: clone,
      env: userEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const urls: string[] = [];
    assert.ok(watch.stdout !== null);
    for await (const line of createInterface({ input: watch.stdout })) {
      if (!line.includes('"gateway.listening"')) continue;
      urls.push(line);
      if (urls.length === 2) break;
      await appendFile(join(clone, 'src', 'kernel', 'limits.ts'), '// changed\n');
    }
    assert.equal(urls.length, 2);
  });
});
