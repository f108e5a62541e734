// A child that misbehaves in the way its first argument names.
import { spawn } from 'node:child_process';
import { onMessage } from './wire.ts';

const sleeper = ['-e', 'setInterval(() => {}, 1000)'];

switch (process.argv[2]) {
  case 'giant-line':
    for (let piece = 0; piece < 12; piece++) process.stdout.write('x'.repeat(1024 * 1024));
    break;
  case 'stderr-flood':
    setInterval(() => process.stderr.write('e'.repeat(64 * 1024)), 1);
    break;
  case 'deaf':
    process.on('SIGTERM', () => {});
    setInterval(() => {}, 1000);
    break;
  case 'family':
    // One grandchild in the group, one that leaves it, and nobody who listens to SIGTERM.
    process.on('SIGTERM', () => {});
    spawn(process.execPath, sleeper, { stdio: 'ignore' });
    spawn(process.execPath, sleeper, { stdio: 'ignore', detached: true }).unref();
    process.stdout.write('{"ready":true}\n');
    setInterval(() => {}, 1000);
    break;
  case 'no-output':
    process.stdout.end();
    setInterval(() => {}, 1000);
    break;
  default:
    onMessage(() => {});
}
