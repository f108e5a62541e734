import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OAuthSweep } from '../identity/store.ts';
import { limits } from '../kernel/limits.ts';
import { sweepOAuth } from './sweep-oauth.ts';

const NOW_MS = 1_800_000_000_000;
const fence = { job: 'oauth.sweep', number: 1 };
const { signal } = new AbortController();

test('what OAuth left behind is swept every oauthSweepMs', async () => {
  const swept: OAuthSweep[] = [];
  const store = {
    sweep: async (sweep: OAuthSweep) => {
      swept.push(sweep);
      return swept.length === 1;
    },
  };
  const job = sweepOAuth(store, () => NOW_MS);
  assert.equal(job.everyMs, limits.oauthSweepMs);
  await job.run(fence, signal);
  assert.deepEqual(swept, [
    {
      nowMs: NOW_MS,
      unusedBeforeMs: NOW_MS - limits.oauthUnusedClientMs,
      usedBeforeMs: NOW_MS - limits.oauthIdleClientMs,
    },
  ]);
  // Another instance holds the job by now.
  await assert.rejects(async () => job.run(fence, signal), { code: 'conflict' });
});
