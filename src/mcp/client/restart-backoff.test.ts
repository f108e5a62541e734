import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { RestartBackoff } from './restart-backoff.ts';

const pace = {
  firstMs: limits.stdioRestartMsMin,
  lastMs: limits.stdioRestartMsMax,
  steadyMs: limits.stdioRestartMsMax,
};

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

  it('counts what failed together once', () => {
    let now = 0;
    const backoff = new RestartBackoff(pace, () => now);
    now = 10;
    for (const startedMs of [0, 5, 9]) backoff.failed(startedMs);
    backoff.check();
  });
});
