import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { silentLog } from '../../../kernel/log.ts';
import { Inspector } from './inspector.ts';

const SECRET = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
const both = [{ kind: 'secrets' }, { kind: 'pii', types: ['email'] }] as const;

test('secrets and personal data are found on a thread that does not hold up this one', async () => {
  await using inspector = new Inspector(silentLog);
  const text = `${'word 12 +1 a@b '.repeat(60_000)} token="${SECRET}" ada@example.com`;
  await inspector.inspect('', both);
  let longestMs = 0;
  let lastMs = performance.now();
  const beat = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  const usedBefore = performance.eventLoopUtilization();
  const [secrets, pii] = await inspector.inspect(text, both);
  const { active } = performance.eventLoopUtilization(usedBefore);
  clearInterval(beat);
  assert.deepEqual(
    secrets?.map(({ start, end }) => text.slice(start, end)),
    [SECRET],
  );
  assert.deepEqual(
    pii?.map(({ type }) => type),
    ['email'],
  );
  assert.ok(Math.min(longestMs, active) < 50, `this thread was held for ${longestMs} ms`);
});

test('what takes too long is given up, and the next one is looked at', async () => {
  await using inspector = new Inspector(silentLog, { inspectMs: 1, queueMax: 9 });
  await assert.rejects(inspector.inspect('x'.repeat(1_000_000), both), {
    code: 'guardrail_unavailable',
  });
});

test('a bounded number of texts waits', async () => {
  const inspector = new Inspector(silentLog);
  // The first one is looked at, the others wait.
  const all = Array.from({ length: limits.guardrailQueueMax + 1 }, () =>
    inspector.inspect('', []).then(
      () => 'looked at',
      () => 'given up',
    ),
  );
  await assert.rejects(inspector.inspect('', []), { code: 'guardrail_unavailable' });
  assert.equal(await all[0], 'looked at');
  await inspector[Symbol.asyncDispose]();
  assert.ok((await Promise.all(all)).includes('looked at'));
  await assert.rejects(inspector.inspect('', []), { code: 'guardrail_unavailable' });
});
