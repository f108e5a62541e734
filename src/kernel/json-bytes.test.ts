import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { JsonBytes } from './json-bytes.ts';
import type { JsonObject } from './json.ts';

const objects = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue());

describe('JsonBytes', () => {
  it('answers the same from bytes as from a value', () => {
    fc.assert(
      fc.property(objects, fc.string({ maxLength: 6 }), (object, name) => {
        const plain = JSON.parse(JSON.stringify(object)) as JsonObject;
        const fromValue = JsonBytes.fromValue(plain);
        const fromBytes = JsonBytes.fromBytes(Buffer.from(JSON.stringify(object)));
        assert.equal(fromBytes.has(name), fromValue.has(name));
        assert.deepEqual(fromBytes.member(name), fromValue.member(name));
        assert.deepEqual(fromBytes.value, fromValue.value);
      }),
    );
  });

  it('compares a member as it is written', () => {
    const bytes = JsonBytes.fromBytes(Buffer.from('{"a": true ,"b":"x","c":"\\u0078"}'));
    assert.ok(bytes.memberIs('a', 'true') && bytes.memberIs('b', '"x"'));
    assert.ok(!bytes.memberIs('a', 'tru') && !bytes.memberIs('a', 'false'));
    assert.ok(!bytes.memberIs('b', '"y"') && !bytes.memberIs('c', '"x"'));
    assert.ok(!bytes.memberIs('d', 'true'));
    assert.ok(JsonBytes.fromValue({ a: true }).memberIs('a', 'true'));
  });

  it('adds a member in front and keeps every other byte', () => {
    const bytes = JsonBytes.fromBytes(Buffer.from('{ "big": 9007199254740993, "e": 1e999 }'));
    const text = bytes.withMember('resultType', '"complete"').bytes.toString();
    assert.equal(text, '{"resultType":"complete", "big": 9007199254740993, "e": 1e999 }');
    assert.equal(
      JsonBytes.fromBytes(Buffer.from('{ }')).withMember('a', '1').bytes.toString(),
      '{"a":1 }',
    );
  });

  it('drops members and keeps the bytes of the others', () => {
    const bytes = JsonBytes.fromBytes(
      Buffer.from('{"a":1,"big":9007199254740993,"b":{"a":2},"ä":"\\u00e4"}'),
    );
    const text = bytes.withoutMembers(['a', 'x']).bytes.toString();
    assert.equal(text, '{"big":9007199254740993,"b":{"a":2},"ä":"\\u00e4"}');
    assert.equal(bytes.withoutMembers(['x']), bytes);
  });

  it('changes one member of a member and keeps every other byte', () => {
    const set = (text: string): string =>
      JsonBytes.fromBytes(Buffer.from(text))
        .withInnerMember('_meta', 'cost', '"1.50"')
        .bytes.toString();
    assert.equal(
      set('{"big":9007199254740993}'),
      '{"_meta":{"cost":"1.50"},"big":9007199254740993}',
    );
    assert.equal(set('{}'), '{"_meta":{"cost":"1.50"}}');
    assert.equal(
      set('{"_meta" : { "n": 9007199254740993 } , "e":1e999}'),
      '{"_meta" : {"cost":"1.50", "n": 9007199254740993 } , "e":1e999}',
    );
    assert.equal(set('{"a":1,"_meta":{"cost":0}}'), '{"a":1,"_meta":{"cost":"1.50"}}');
    assert.equal(set('{"_meta":[1]}'), '{"_meta":{"cost":"1.50"}}');
    fc.assert(
      fc.property(objects, objects, (object, inner) => {
        const plain = JSON.parse(JSON.stringify({ ...object, _meta: inner })) as JsonObject;
        const changed = JsonBytes.fromValue(plain).withInnerMember('_meta', 'x', '7').value;
        assert.deepEqual(changed, { ...plain, _meta: { ...(plain['_meta'] as object), x: 7 } });
      }),
    );
  });
});
