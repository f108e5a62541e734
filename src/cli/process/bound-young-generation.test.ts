import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { YOUNG_GENERATION_BYTES } from './bound-young-generation.ts';

/** What V8 begins with, and what the module's own loading may add. */
const STARTING_BYTES = 8 * 1024 * 1024;

const module = JSON.stringify(new URL('bound-young-generation.ts', import.meta.url).href);

/** Lets much outlive collections for a while; the largest young generation there was, in bytes. */
const work = (bound: string): string => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setTimeout as sleep } from 'node:timers/promises';
  const { boundYoungGeneration } = await import(${module});
  ${bound}
  const isYoung = (one) => one.space_name === 'new_space';
  const size = () => getHeapSpaceStatistics().find(isYoung).space_size;
  let kept = [];
  let largest = 0;
  for (let round = 0; round < 300; round++) {
    for (let count = 0; count < 20_000; count++) {
      kept.push({ count, more: [count] });
      if (kept.length > 200_000) kept = [];
    }
    largest = Math.max(largest, size());
    await sleep(5);
  }
  console.log(largest);
`;

const largestOf = (bound: string): number => {
  const args = ['--input-type=module', '--eval', work(bound)];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
};

test('a young generation that V8 would enlarge stays at its bound', () => {
  assert.ok(largestOf('') > YOUNG_GENERATION_BYTES);
  const grown = largestOf('using bound = boundYoungGeneration(); bound.grow();');
  assert.ok(grown <= YOUNG_GENERATION_BYTES);
  assert.ok(grown > YOUNG_GENERATION_BYTES / 4, 'it grows when it may');
});

test('it stays as small as it was until it may grow', () => {
  assert.ok(largestOf('using bound = boundYoungGeneration();') <= STARTING_BYTES);
});
