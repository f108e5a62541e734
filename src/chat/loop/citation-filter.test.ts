import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { CitationFilter } from './citation-filter.ts';

const known = new Set(['t1', 't22']);

function filtered(pieces: readonly string[]): { readonly text: string; readonly removed: number } {
  const filter = new CitationFilter(known);
  const text = pieces.map((piece) => filter.push(piece)).join('') + filter.end();
  return { text, removed: filter.removed };
}

describe('citations of calls', () => {
  it('stay when the call was made and go, counted, when it was not', () => {
    assert.deepEqual(filtered(['It rains [t1][t2], see [t22] and [t].']), {
      text: 'It rains [t1], see [t22] and [t].',
      removed: 1,
    });
    assert.deepEqual(filtered(['a [t', '3', '] b [', 't1', '] c [t']), {
      text: 'a  b [t1] c [t',
      removed: 1,
    });
  });

  it('come to the same however the text arrives', () => {
    const word = fc.constantFrom('[', ']', 't', '1', '2', '9', ' ', 'x', '[t1]', '[t9]');
    fc.assert(
      fc.property(fc.array(word), fc.array(fc.nat(6)), (words, cuts) => {
        const text = words.join('');
        const pieces: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(text.slice(at, at + cut));
          at += cut;
        }
        assert.deepEqual(filtered([...pieces, text.slice(at)]), filtered([text]));
      }),
    );
  });
});
