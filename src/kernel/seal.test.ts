import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Seal, type SealKey } from './seal.ts';

const key = (id: string, byte: number): SealKey => ({ id, secret: Buffer.alloc(32, byte) });

const OLD = key('k1', 1);
const NEW = key('k2', 2);

describe('a seal', () => {
  const seal = new Seal([OLD], 'secrets');

  test('opens what it sealed, whatever it was', () => {
    const anyText = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(anyText, anyText, (text, context) => {
        const sealed = seal.seal(text, context);
        assert.match(sealed, /^k1\.[\w-]+$/);
        assert.equal(seal.open(sealed, context), text);
      }),
    );
  });

  test('never seals alike and shows nothing of the text', () => {
    const sealed = Array.from({ length: 100 }, () => seal.seal('CANARY-CANARY-CANARY'));
    assert.equal(new Set(sealed).size, 100);
    for (const one of sealed) {
      const bytes = Buffer.from(one.slice(3), 'base64url');
      assert.equal(bytes.includes('CANARY'), false);
    }
  });

  test('does not open in another context, for another purpose or with another key', () => {
    const sealed = seal.seal('text', 'tenant a');
    assert.equal(seal.open(sealed, 'tenant b'), undefined);
    assert.equal(seal.open(sealed), undefined);
    assert.equal(new Seal([OLD], 'cursors').open(sealed, 'tenant a'), undefined);
    assert.equal(new Seal([NEW], 'secrets').open(sealed, 'tenant a'), undefined);
    assert.equal(new Seal([key('k1', 9)], 'secrets').open(sealed, 'tenant a'), undefined);
    assert.equal(seal.open(sealed, 'tenant a'), 'text');
  });

  test('does not open when any bit was changed or anything cut off', () => {
    const sealed = seal.seal('some text', 'c');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(seal.open(`k1.${changed.toString('base64url')}`, 'c'), undefined);
    }
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64url');
      assert.equal(seal.open(`k1.${cut}`, 'c'), undefined);
    }
  });

  test('survives any nonsense', () => {
    fc.assert(
      fc.property(fc.string(), (nonsense) => {
        assert.equal(seal.open(nonsense), undefined);
        assert.equal(seal.open(`k1.${nonsense}`), undefined);
      }),
    );
  });
});

describe('a ring of keys', () => {
  test('seals with the first and opens with all of them', () => {
    const before = new Seal([OLD], 'secrets').seal('text');
    const during = new Seal([NEW, OLD], 'secrets');
    assert.equal(during.open(before), 'text');
    const after = during.seal('text');
    assert.match(after, /^k2\./);
    assert.equal(new Seal([NEW], 'secrets').open(after), 'text');
    assert.equal(new Seal([NEW], 'secrets').open(before), undefined);
  });

  test('needs a key, and keys of 32 bytes', () => {
    assert.throws(() => new Seal([], 'secrets'), /at least one key/);
    const short = { id: 'k1', secret: Buffer.alloc(31) };
    assert.throws(() => new Seal([OLD, short], 'secrets'), /at least 32 bytes/);
  });
});
