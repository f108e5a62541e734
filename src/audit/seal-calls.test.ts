import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digestOfLines, sealCalls } from './seal-calls.ts';

/** Texts of one to three bytes a unit, and of surrogate pairs. */
const units = fc.constantFrom('a', 'ü', '\u{20ac}', '\u{1f600}');

/** Lines as short as most are, and longer than what is hashed together. */
const line = fc
  .tuple(fc.string({ unit: units, maxLength: 40 }), fc.constantFrom(1, 30, 900))
  .map(([text, times]) => text.repeat(times));

test('a digest is that of the lines one after the other', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const whole = lines.map((one) => `${one}\n`).join('');
      assert.equal(digestOfLines(lines), createHash('sha256').update(whole).digest('hex'));
    }),
    { numRuns: 60 },
  );
});

test('calls are sealed in the order of their ids, in whatever order they came', () => {
  const sealing = { tenant: 'ten_a', block: 3, nodeId: 'node-1', atMs: 5 };
  const calls = Array.from({ length: 20 }, (_, at) => ({
    id: `use_${String(at).padStart(2, '0')}`,
    line: `["use_${String(at).padStart(2, '0')}"]`,
  }));
  const sealed = sealCalls({ ...sealing, calls });
  const { detail } = sealed;
  assert.deepEqual([detail['firstId'], detail['lastId']], ['use_00', 'use_19']);
  assert.equal(detail['digest'], digestOfLines(calls.map((call) => call.line)));
  fc.assert(
    fc.property(fc.shuffledSubarray(calls, { minLength: calls.length }), (shuffled) => {
      assert.deepEqual(sealCalls({ ...sealing, calls: shuffled }), sealed);
    }),
  );
});
