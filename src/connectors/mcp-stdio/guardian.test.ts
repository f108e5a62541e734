import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Guardian } from './guardian.ts';
import { newTag } from './process-tag.ts';

const isAlive = (processId: number): boolean => {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
};

async function endOf(processId: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && isAlive(processId); attempt++) await sleep(20);
  return !isAlive(processId);
}

test('a guardian runs while it is held and touches nothing when it is let go', async () => {
  const guardian = new Guardian();
  const tag = await newTag();
  const child = spawn('/bin/sleep', ['60'], { env: { [tag.name]: tag.value }, stdio: 'ignore' });
  const exited = once(child, 'exit');
  await Promise.all([guardian.hold(), guardian.hold()]);
  const { processId } = guardian;
  assert.ok(processId !== undefined && isAlive(processId));
  guardian.release();
  assert.equal(guardian.processId, processId);
  guardian.release();
  assert.equal(guardian.processId, undefined);
  assert.ok(await endOf(processId));
  assert.ok(isAlive(child.pid ?? 0));
  await guardian.hold();
  assert.notEqual(guardian.processId, processId);
  guardian.release();
  child.kill('SIGKILL');
  await exited;
});
