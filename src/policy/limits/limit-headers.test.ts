import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counter } from './counter.ts';
import { rateHeaders, refusalHeaders } from './limit-headers.ts';

const counter = (level: Counter['level'], burst: number, usedMs: number): Counter => ({
  level,
  name: undefined,
  bound: { intervalMs: 1_000, burst, concurrent: Infinity },
  used: { backAtMs: 5_000 + usedMs, running: 0, isForgotten: false },
});

test('tell of the bound of which the least is left', () => {
  const counters = [counter('tenant', 100, 10_000), counter('grant', 10, 3_500)];
  assert.deepEqual(rateHeaders(counters, 5_000), [
    'ratelimit-policy',
    '"grant";q=10;w=10',
    'ratelimit',
    '"grant";r=6;t=4',
  ]);
  const places = { intervalMs: undefined, burst: Infinity, concurrent: 3 };
  assert.deepEqual(rateHeaders([{ ...counter('tool', 1, 0), bound: places }], 0), []);
});

test('of a refusal say when to come back', () => {
  const data = { limit: 'tool', reason: 'rate', retryAfterMs: 1_200, quota: 5, windowMs: 500 };
  assert.deepEqual(refusalHeaders(data), [
    'retry-after',
    '2',
    'ratelimit-policy',
    '"tool";q=5;w=1',
    'ratelimit',
    '"tool";r=0;t=2',
  ]);
  assert.deepEqual(refusalHeaders({ limit: 'gateway', retryAfterMs: 2_000 }), ['retry-after', '2']);
  assert.deepEqual(refusalHeaders(undefined), []);
});
