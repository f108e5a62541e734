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

  it('tells names apart, whatever was read before and however they are written', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `n${index * 7_919}`);
    const bytes = Buffer.from(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))));
    for (const _ of ['first', 'again']) {
      assert.deepEqual([...scanObject(bytes).members.keys()], names);
    }
    const odd = ['', 'ü', 'id', 'x'.repeat(24), 'x'.repeat(25), 'a\\b', 'a"b', '\u0000'];
    for (const name of [...odd, ...odd]) {
      const plain = Buffer.from(`{${JSON.stringify(name)}:1}`);
      assert.deepEqual([...scanObject(plain).members.keys()], [name]);
      const escaped = name.replaceAll(/[^]/g, (each) => {
        return `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`;
      });
      assert.deepEqual([...scanObject(Buffer.from(`{"${escaped}":1}`)).members.keys()], [name]);
    }
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
