import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { scanObject } from './json-scan.ts';

const textOf = (bytes: Buffer, span: { start: number; end: number } | undefined): unknown =>
  span === undefined ? undefined : JSON.parse(bytes.toString('utf8', span.start, span.end));

describe('scanObject', () => {
  it('finds every member of any object, wherever it starts and however it is spaced', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(objects, fc.integer({ min: 0, max: 3 }), fc.nat(5), (object, indent, lead) => {
        const json = ' '.repeat(lead) + JSON.stringify(object, null, indent);
        const bytes = Buffer.from(json);
        const scan = scanObject(bytes, 0);
        assert.equal(scan.end, bytes.length);
        assert.deepEqual([...scan.members.keys()].toSorted(), Object.keys(object).toSorted());
        for (const [name, value] of Object.entries(object)) {
          const expected = JSON.parse(JSON.stringify(value)) as unknown;
          assert.deepEqual(textOf(bytes, scan.members.get(name)), expected);
        }
      }),
    );
  });

  it('skips long strings with escaped quotes and backslashes at their end', () => {
    const long = `${'x"\\'.repeat(500)}\\`;
    const bytes = Buffer.from(JSON.stringify({ a: long, b: [long, { c: long }], d: 1 }));
    const { members } = scanObject(bytes);
    assert.equal(textOf(bytes, members.get('a')), long);
    assert.equal(textOf(bytes, members.get('d')), 1);
  });

  it('stops at the end of the object and leaves what follows alone', () => {
    const bytes = Buffer.from('{"a":{"b":1}}{"c":2}');
    assert.equal(scanObject(bytes).end, 13);
  });

  it('refuses what cannot be an object', () => {
    for (const json of [
      '',
      '[]',
      '1',
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":"',
      '{a:1}',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '{"a":[}',
    ]) {
      assert.throws(() => scanObject(Buffer.from(json)), SyntaxError, json);
    }
  });
});
