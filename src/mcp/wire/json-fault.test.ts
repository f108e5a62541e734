import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { jsonFault } from './json-fault.ts';

const bounds = { levelsMax: 64, protoLevels: 2 };
const faultOf = (text: string) => jsonFault(text, bounds);

describe('jsonFault', () => {
  it('finds a name that an object has twice, however it is written', () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":{"b":[{"c":1,"c":2}]}}',
      String.raw`{"method":1,"\u006dethod":2}`,
      String.raw`{"\/":1,"/":2}`,
      String.raw`{"a\"":1,"a\u0022":2}`,
      `{${Array.from({ length: 40 }, (_, at) => `"n${at}":1`).join(',')},"n39":2}`,
      '{"a":"x,y","b":[1,2,"a"],"a":{}}',
    ]) {
      assert.equal(faultOf(text), 'name twice', text);
    }
    for (const text of [
      '{"a":{"a":{"a":1}},"b":["a","a"]}',
      '[{"a":1},{"a":1}]',
      String.raw`{"a":"\"a\":1,\"a\":2"}`,
      String.raw`{"a\\":1,"a":2}`,
      `{${Array.from({ length: 40 }, (_, at) => `"n${at}":1`).join(',')}}`,
    ]) {
      assert.equal(faultOf(text), undefined, text);
    }
  });

  it('finds the name of the prototype down to a level', () => {
    assert.equal(faultOf('{"__proto__":1}'), 'prototype');
    assert.equal(faultOf('{"params":{"\\u005f_proto__":1}}'), 'prototype');
    assert.equal(faultOf('{"params":{"arguments":{"__proto__":1}}}'), undefined);
    assert.equal(jsonFault('[[[{"__proto__":1}]]]', { ...bounds, protoLevels: 64 }), 'prototype');
  });

  it('finds half of a surrogate pair', () => {
    for (const half of ['\\ud800', '\\uDFFF', 'x\\ud83dx', '\\ud83d\\ud83d\\ude00']) {
      assert.equal(faultOf(`{"a":"${half}"}`), 'half a character', half);
      assert.equal(faultOf(`{"${half}":1}`), 'half a character', half);
    }
    for (const whole of ['\\ud83d\\ude00', '\\\\ud800', '\\u00d8']) {
      assert.equal(faultOf(`{"a":"${whole}"}`), undefined, whole);
    }
  });

  it('finds nesting beyond the levels, at once', () => {
    assert.equal(faultOf('['.repeat(64) + ']'.repeat(64)), undefined);
    assert.equal(faultOf('['.repeat(65) + ']'.repeat(65)), 'too deep');
    assert.equal(faultOf(`{"a":"${'['.repeat(100)}"}`), undefined);
    const started = performance.now();
    assert.equal(faultOf('['.repeat(1_000_000)), 'too deep');
    assert.ok(performance.now() - started < 50);
  });

  it('has nothing against what JSON.stringify writes', () => {
    const value = fc.json({ maxDepth: 6, noUnicodeString: false });
    fc.assert(
      fc.property(value, (text) => {
        fc.pre(!text.includes('__proto__') && text.isWellFormed() && !/\\ud[89a-f]/i.test(text));
        assert.equal(faultOf(text), undefined);
      }),
    );
  });

  it('finds any member said a second time', () => {
    const names = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.nat(), (all, pick) => {
        fc.pre(!all.includes('__proto__'));
        const members = all.map((name) => `${JSON.stringify(name)}:0`);
        const again = JSON.stringify(all[pick % all.length]);
        assert.equal(faultOf(`{${members.join(',')}}`), undefined);
        assert.equal(faultOf(`{${members.join(',')},${again}:1}`), 'name twice');
      }),
    );
  });
});
