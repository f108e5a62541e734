import { spawn, type ChildProcess } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs `serve` with the flags it is given, and starts it again whenever a file under `src` changes.
 * Not `node --watch`: it mixes messages of its own into those of the gateway's threads, and knows
 * nothing of migrations.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
/** An editor writes several files, or one several times. */
const SETTLE_MS = 150;

let gateway: ChildProcess | undefined;
let changed: NodeJS.Timeout | undefined;
let restarting = false;
let ended = false;

function start(): void {
  // With its parent it also ends when this process is killed.
  const flags = ['--with-parent', '--set', 'shutdown.drainMs=500', ...process.argv.slice(2)];
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts'), 'serve', ...flags], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  gateway = child;
  child.once('exit', (code) => {
    if (gateway !== child) return;
    gateway = undefined;
    if (ended) process.exit(code ?? 1);
    process.stderr.write('The gateway has ended; it starts again when a file changes.\n');
  });
}

/** The data folder is free again once the old gateway has ended. */
function restart(): void {
  // What is being started reads the newest files anyway.
  if (restarting) return;
  process.stderr.write('A file has changed; starting again.\n');
  const old = gateway;
  gateway = undefined;
  if (old === undefined) {
    start();
    return;
  }
  restarting = true;
  old.once('exit', () => {
    restarting = false;
    if (ended) process.exit();
    start();
  });
  old.kill('SIGTERM');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    ended = true;
    if (gateway === undefined) process.exit();
    gateway.kill(signal);
  });
}
watch(join(root, 'src'), { recursive: true }, (_, name) => {
  if (name === null || name.endsWith('.test.ts') || ended) return;
  clearTimeout(changed);
  changed = setTimeout(restart, SETTLE_MS);
});
start();
