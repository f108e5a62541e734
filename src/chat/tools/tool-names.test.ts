import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../kernel/limits.ts';
import { ToolNames } from './tool-names.ts';

const max = limits.chatToolNameLengthMax;

describe('names of tools for providers', () => {
  it('are taken by every provider and lead back, whatever the names', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 80 }),
      fc.stringMatching(/^[a-z]{1,3}__[a-z.]{1,3}$/),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), (names) => {
        const table = new ToolNames(names);
        const sent = names.map((one) => table.sent(one));
        for (const one of sent) assert.match(one, /^[a-zA-Z0-9_-]{1,64}$/);
        assert.deepEqual(
          sent.map((one) => table.meant(one)),
          names,
        );
        assert.equal(new Set(sent).size, new Set(names).size);
        const again = new ToolNames(names.toReversed());
        assert.deepEqual(
          names.map((one) => again.sent(one)),
          sent,
        );
      }),
    );
  });

  it('are told apart where a plain name is what another would become', () => {
    const first = new ToolNames(['a.b']).sent('a.b');
    const table = new ToolNames(['a.b', first]);
    assert.equal(table.sent(first), first);
    assert.notEqual(table.sent('a.b'), first);
    assert.equal(table.meant(table.sent('a.b')), 'a.b');
  });

  it('stay as they are up to chatToolNameLengthMax', () => {
    const whole = 'n'.repeat(max);
    const longer = 'n'.repeat(max + 1);
    const table = new ToolNames([whole, longer]);
    assert.equal(table.sent(whole), whole);
    assert.equal(table.sent(longer).length, max);
    assert.equal(table.meant(table.sent(longer)), longer);
    assert.equal(table.meant('never_seen'), 'never_seen');
  });
});
