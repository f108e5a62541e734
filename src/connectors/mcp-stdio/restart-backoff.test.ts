import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { RestartBackoff } from './restart-backoff.ts';

describe('RestartBackoff', () => {
  it('restarts at once, then later each time, up to a minute', () => {
    let now = 0;
    const backoff = new RestartBackoff(() => now);
    backoff.failed(now);
    backoff.check();
    let expectedMs: number = limits.stdioRestartMsMin;
    for (let failure = 0; failure < 12; failure++) {
      backoff.failed(now);
      const sinceMs = now;
      assert.throws(() => backoff.check(), { code: 'upstream_unavailable' });
      now = sinceMs + expectedMs * 0.74;
      assert.throws(() => backoff.check(), { code: 'upstream_unavailable' });
      now = sinceMs + expectedMs;
      backoff.check();
      expectedMs = Math.min(expectedMs * 2, limits.stdioRestartMsMax);
    }
  });

  it('forgets failures of long ago', () => {
    let now = 0;
    const backoff = new RestartBackoff(() => now);
    for (let failure = 0; failure < 5; failure++) backoff.failed(now);
    const startedMs = now + limits.stdioRestartMsMax;
    now = startedMs + limits.stdioRestartMsMax;
    backoff.failed(startedMs);
    backoff.check();
  });
});
