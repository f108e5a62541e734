import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../kernel/limits.ts';
import { hashedPublicName, isSlug, plainPublicName, slugFrom } from './public-names.ts';

const SAFE = /^[A-Za-z0-9_-]{1,64}$/;

describe('public names', () => {
  it('are plain where they can be, and safe for every model provider always', () => {
    assert.equal(plainPublicName('everything', 'get-sum'), 'everything__get-sum');
    assert.equal(plainPublicName('s', 'a.b'), undefined);
    const fits = 'x'.repeat(limits.toolNameLengthMax - 's__'.length);
    assert.equal(plainPublicName('s', fits)?.length, limits.toolNameLengthMax);
    assert.equal(plainPublicName('s', `${fits}x`), undefined);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(3), (name, attempt) => {
        assert.match(hashedPublicName('slug', name, attempt), SAFE);
      }),
    );
  });

  it('differ for names that look alike once they are made safe', () => {
    const names = ['a.b', 'a b', 'a/b', 'a:b', 'a_b.'].map((name) => hashedPublicName('s', name));
    assert.equal(new Set(names).size, names.length);
    assert.notEqual(hashedPublicName('s', 'a.b'), hashedPublicName('s', 'a.b', 1));
  });

  it('make a usable slug of anything, at most limits.slugLengthMax long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(isSlug(slugFrom(text)), true, slugFrom(text));
      }),
    );
    assert.equal(slugFrom('Éverything Reference — Server!'), 'e-verything-reference-server');
    assert.equal(isSlug('a'.repeat(limits.slugLengthMax)), true);
    assert.equal(isSlug('a'.repeat(limits.slugLengthMax + 1)), false);
    for (const bad of ['', '-a', 'a-', 'a--b', 'A', 'a_b', '../a'])
      assert.equal(isSlug(bad), false);
  });
});
