import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { hashFile, isOfType, isSentType } from './check-file.ts';
import { titleOf } from './title-of.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('a file is what it says it is', () => {
  const right: readonly (readonly [string, string])[] = [
    ['image/png', '\x89PNG\r\n\x1a\n'],
    ['image/jpeg', '\xff\xd8\xff\xe0'],
    ['image/gif', 'GIF89a'],
    ['image/webp', 'RIFF1234WEBP'],
    ['application/pdf', '%PDF-1.7'],
    ['audio/wav', 'RIFF1234WAVE'],
    ['audio/mpeg', 'ID3'],
    ['text/plain', 'hello'],
  ];
  for (const [type, begin] of right) {
    assert.ok(isSentType(type), type);
    assert.ok(isOfType(bytesOf(begin), type), type);
    for (const [other] of right) {
      if (other === type || other.startsWith('text/')) continue;
      assert.equal(isOfType(bytesOf(begin), other), false, `${type} as ${other}`);
    }
  }
  assert.equal(isOfType(bytesOf('\xff\xfe'), 'text/plain'), false);
  assert.equal(isOfType(bytesOf('a\0b'), 'text/plain'), false);
  for (const type of ['image/svg+xml', 'application/zip', 'text/html; charset=x', 'toString']) {
    assert.equal(isSentType(type), false, type);
  }
});

test('a file has chatFileBytesMax, and its name is cut at chatFileNameCharactersMax', () => {
  const mediaType = 'text/plain';
  const most = { bytes: new Uint8Array(limits.chatFileBytesMax), mediaType };
  assert.equal(hashFile('art_1', most).name, null);
  const more = { bytes: new Uint8Array(limits.chatFileBytesMax + 1), mediaType };
  assert.throws(() => hashFile('art_1', more), { code: 'payload_too_large' });
  const name = 'x'.repeat(limits.chatFileNameCharactersMax + 1);
  const named = hashFile('art_1', { bytes: bytesOf('a'), mediaType, name });
  assert.equal(named.name?.length, limits.chatFileNameCharactersMax);
});

test('a title is the first words of what was said', () => {
  assert.equal(titleOf('  Which\n orders\tare late?  '), 'Which orders are late?');
  assert.equal(titleOf(' \n '), 'New conversation');
  const max = limits.chatTitleCharactersMax;
  assert.equal(titleOf('x'.repeat(max)), 'x'.repeat(max));
  assert.equal(titleOf('x'.repeat(max + 1)), `${'x'.repeat(max - 1)}…`);
  assert.ok(titleOf('word '.repeat(40)).endsWith('word…'));
  assert.doesNotMatch(titleOf(`${'x'.repeat(max - 2)}🎉🎉`), /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
});
