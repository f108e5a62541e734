import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RestartBackoff } from './restart-backoff.ts';

const pace = { firstMs: 1_000, lastMs: 60_000, steadyMs: 60_000 };

describe('RestartBackoff', () => {
  it('restarts at once, then later each time, up to a minute', () => {
    let now = 0;
    const backoff = new RestartBackoff(pace, () => now);
    backoff.failed(now);
    backoff.check();
    let expectedMs: number = pace.firstMs;
    for (let failure = 0; failure < 12; failure++) {
      backoff.failed(now);
      const sinceMs = now;
      assert.throws(() => backoff.check(), { code: 'upstream_unavailable' });
      now = sinceMs + expectedMs * 0.74;
      assert.throws(() => backoff.check(), { code: 'upstream_unavailable' });
      now = sinceMs + expectedMs;
      backoff.check();
      expectedMs = Math.min(expectedMs * 2, pace.lastMs);
    }
  });

  it('forgets failures of long ago', () => {
    let now = 0;
    const backoff = new RestartBackoff(pace, () => now);
    for (let failure = 0; failure < 5; failure++) backoff.failed(now);
    const startedMs = now + pace.lastMs;
    now = startedMs + pace.lastMs;
    backoff.failed(startedMs);
    backoff.check();
  });
});
