import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanText } from './clean-text.ts';

describe('text for a model', () => {
  test('keeps the lines that markup makes', () => {
    const cases: readonly [string, string][] = [
      ['One.<br>Two.<br/>Three.<BR />Four.', 'One.\nTwo.\nThree.\nFour.'],
      ['<p>One.</p><p>Two.</p>', 'One.\n\nTwo.'],
      ['<ul><li>a</li><li>b</li></ul>', 'a\n\nb'],
      ['<b>Bold</b> and <code>code</code>', 'Bold and code'],
      ['See also the guide<br>The id of the pet.', 'The id of the pet.'],
      ['For more information read on<p>The id.</p>', 'The id.'],
      ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\n\nc'],
    ];
    for (const [text, expected] of cases) assert.equal(cleanText(text, 200), expected, text);
  });
});
