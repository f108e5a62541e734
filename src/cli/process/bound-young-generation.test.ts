import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { YOUNG_GENERATION_BYTES } from './bound-young-generation.ts';

const module = JSON.stringify(new URL('bound-young-generation.ts', import.meta.url).href);

/** Lets much outlive collections for a while; the largest young generation there was, in bytes. */
const work = (isBounded: boolean): string => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setTimeout as sleep } from 'node:timers/promises';
  const { boundYoungGeneration } = await import(${module});
  ${isBounded ? 'using bound = boundYoungGeneration();' : ''}
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

const largestOf = (isBounded: boolean): number => {
  const args = ['--input-type=module', '--eval', work(isBounded)];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
};

test('a young generation that V8 would enlarge stays at its bound', () => {
  assert.ok(largestOf(false) > YOUNG_GENERATION_BYTES);
  assert.ok(largestOf(true) <= YOUNG_GENERATION_BYTES);
});
