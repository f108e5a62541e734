import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const SCRIPT = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { startLean } from '${new URL('./start-lean.ts', import.meta.url).href}';
  const isYoung = ({ space_name }) => space_name === 'new_space';
  const youngBytes = () => getHeapSpaceStatistics().find(isYoung).space_size;
  const fill = () => Array.from({ length: 300_000 }, (_, index) => ({ index, text: 'x' + index }));
  const grow = startLean();
  const held = [fill()];
  const lean = youngBytes();
  grow();
  held.push(fill());
  console.log(JSON.stringify([lean, youngBytes(), held.length]));
`;

test('the young generation grows only after the start', () => {
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT]);
  const [lean = 0, grown = 0] = JSON.parse(text.toString()) as number[];
  assert.ok(lean <= 4_000_000, `${lean} bytes while it starts`);
  assert.ok(grown >= 4 * lean, `${grown} bytes afterwards`);
});
