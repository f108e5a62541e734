import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { waitReady } from './wait-ready.ts';

test('a local client waits until the services are ready, at most stdioReadyMs', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  await waitReady(Promise.resolve());
  let isOver = false;
  const waiting = waitReady(new Promise(() => {})).then(() => (isOver = true));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  context.mock.timers.tick(limits.stdioReadyMs - 1);
  await turn();
  assert.equal(isOver, false);
  context.mock.timers.tick(1);
  await waiting;
  assert.equal(isOver, true);
});
