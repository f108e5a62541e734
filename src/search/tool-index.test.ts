import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toolFields } from './tool-fields.ts';
import { buildToolIndex } from './tool-index.ts';

test('building an index gives others their turn after every few tools', async () => {
  const count = 5_000;
  const tools = Array.from({ length: count }, (_, at) => {
    const name = `make_thing_${at}`;
    const description = `Makes the thing ${at} of somebody.`;
    return { name, service: 'a', parameters: [], fields: toolFields({ name, description }) };
  });
  let pauses = 0;
  const pause = async (): Promise<void> => void (pauses += 1);
  const index = await buildToolIndex(tools, { sliceMs: 0, pause });
  assert.equal(index.size, count);
  // Twice over all tools in sixteens, and once in steps of 64: no slice is forced to do more.
  assert.ok(pauses >= 2 * Math.floor(count / 16) + Math.floor(count / 64), `${pauses} pauses`);
});
