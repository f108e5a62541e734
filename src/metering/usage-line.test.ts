import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../kernel/limits.ts';
import { decodeUsageLine, encodeUsageLine, usageFields } from './usage-line.ts';
import type { UsageRecord } from './usage-record.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const textOrNull = fc.option(anyText, { nil: null });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const duration = fc.double({ min: 0, max: 1e9, noNaN: true });

const anyRecord: fc.Arbitrary<UsageRecord> = fc.record({
  id: anyText,
  tenant: anyText,
  chargeKey: anyText,
  nodeId: anyText,
  credentialId: anyText,
  userId: anyText,
  sessionId: textOrNull,
  serviceId: textOrNull,
  method: anyText,
  tool: textOrNull,
  clientEra: fc.constantFrom('modern', 'legacy'),
  upstreamEra: fc.constantFrom('modern', 'legacy', null),
  outcome: fc.constantFrom('ok', 'tool_error', 'timeout'),
  startedAtMs: count,
  endedAtMs: count,
  durationMs: duration,
  upstreamMs: duration,
  bytesIn: count,
  bytesOut: count,
  events: count,
  upstreamCalled: fc.boolean(),
});

test('a record is one line that reads back value by value', () => {
  fc.assert(
    fc.property(anyRecord, fc.boolean(), (record, charged) => {
      const written = charged ? record : { ...record, chargeKey: record.id };
      const line = encodeUsageLine(written);
      assert.equal(line.indexOf('\n'), line.length - 1);
      // What travels as UTF-8 comes back the same: no lone surrogate is left bare.
      assert.equal(line.isWellFormed(), true);
      const row = decodeUsageLine(line);
      const expected = usageFields.map((field) => written[field]);
      assert.deepEqual(row, [...expected.slice(0, -1), written.upstreamCalled ? 1 : 0]);
    }),
  );
});

test('a line names every member of a record once', () => {
  const [sample] = fc.sample(anyRecord, 1);
  assert.deepEqual([...usageFields].toSorted(), Object.keys(sample ?? {}).toSorted());
});

test('a name of usageTextCharactersMax is kept, a longer one is cut', () => {
  const [sample] = fc.sample(anyRecord, 1) as [UsageRecord];
  const max = limits.usageTextCharactersMax;
  const read = (tool: string, method: string): unknown[] => {
    const row = decodeUsageLine(encodeUsageLine({ ...sample, tool, method }));
    return [row[usageFields.indexOf('tool')], row[usageFields.indexOf('method')]];
  };
  const fits = 'x'.repeat(max);
  assert.deepEqual(read(fits, fits), [fits, fits]);
  const cut = `${'x'.repeat(max - 1)}…`;
  assert.deepEqual(read(`${fits}y`, `${fits}y`), [cut, cut]);
});

test('what is not a line is a SyntaxError', () => {
  for (const text of ['', 'x', '{}', '[]', '"text"', 'null', '[1,2]']) {
    assert.throws(() => decodeUsageLine(text), SyntaxError, text);
  }
});
