import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../kernel/limits.ts';
import {
  firstUsageFields,
  usageFields,
  usagePlace,
  type UsageField,
  type UsageRecord,
} from './usage-fields.ts';
import { decodeUsageLine, encodeUsageLine } from './usage-line.ts';

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
  grantId: textOrNull,
  actor: textOrNull,
  task: textOrNull,
  attributes: textOrNull,
  quantities: textOrNull,
  holds: textOrNull,
  part: textOrNull,
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
      const full = { ...written, grantId: written.grantId ?? written.credentialId };
      const expected = usageFields.map(({ name }) => full[name]);
      const values = expected.map((value) => (typeof value === 'boolean' ? Number(value) : value));
      assert.deepEqual(row, values);
    }),
  );
});

test('a line names every member of a record once', () => {
  const [sample] = fc.sample(anyRecord, 1);
  assert.deepEqual(
    usageFields.map(({ name }) => name).toSorted(),
    Object.keys(sample ?? {}).toSorted(),
  );
});

test('a name of usageTextCharactersMax is kept, a longer one is cut', () => {
  const [sample] = fc.sample(anyRecord, 1) as [UsageRecord];
  const max = limits.usageTextCharactersMax;
  const read = (tool: string, method: string): unknown[] => {
    const row = decodeUsageLine(encodeUsageLine({ ...sample, tool, method }));
    return [row[usagePlace('tool')], row[usagePlace('method')]];
  };
  const fits = 'x'.repeat(max);
  assert.deepEqual(read(fits, fits), [fits, fits]);
  const cut = `${'x'.repeat(max - 1)}…`;
  assert.deepEqual(read(`${fits}y`, `${fits}y`), [cut, cut]);
});

const later: readonly UsageField[] = [
  ...usageFields,
  { ...usageFields[9], name: 'later', column: 'later', meaning: 'What came later.' },
  { ...usageFields[9], name: 'kind', column: 'kind', meaning: 'Another.', before: 'call' },
];

test('a line of an earlier gateway is read, its missing fields as declared', () => {
  const [sample] = fc.sample(anyRecord, 1) as [UsageRecord];
  const line = encodeUsageLine(sample);
  const values = JSON.parse(line) as readonly unknown[];
  const first = `${JSON.stringify(values.slice(0, firstUsageFields))}\n`;
  const read = decodeUsageLine(first);
  assert.equal(read.length, usageFields.length);
  assert.deepEqual(read.slice(firstUsageFields), [
    sample.credentialId,
    ...Array.from({ length: usageFields.length - firstUsageFields - 1 }, () => null),
  ]);
  const row = decodeUsageLine(line, later);
  assert.deepEqual(row, [...decodeUsageLine(line), null, 'call']);
  const newer = `${JSON.stringify([...row, 'newest'])}\n`;
  assert.throws(() => decodeUsageLine(newer, later), SyntaxError, 'a later gateway wrote it');
});

test('a field that came later is nullable or says what it was before', () => {
  assert.equal(new Set(usageFields.map(({ name }) => name)).size, usageFields.length);
  const declared: readonly UsageField[] = usageFields;
  for (const { name, nullable, before } of declared.slice(firstUsageFields)) {
    assert.ok(nullable || before !== undefined, name);
  }
});

test('the reference explains every field in the words of the declaration', () => {
  const path = new URL('../../docs/reference/usage-records.md', import.meta.url);
  const rows = readFileSync(path, 'utf8').match(/^\| `\w+` \|.*$/gm) ?? [];
  const shown = (usageFields as readonly UsageField[]).filter(({ isShown }) => isShown);
  const expected = shown.map(({ name, type, values, nullable, meaning }) => {
    const kind = values === undefined ? type : values.map((value) => `\`${value}\``).join(', ');
    return `| \`${name}\` | ${kind}${nullable ? ' or null' : ''} | ${meaning} |`;
  });
  assert.deepEqual(rows, expected);
});

test('what is not a line is a SyntaxError', () => {
  for (const text of ['', 'x', '{}', '[]', '"text"', 'null', '[1,2]']) {
    assert.throws(() => decodeUsageLine(text), SyntaxError, text);
  }
});
