import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import type { ChatMessage } from '../conversations/message.ts';
import { outwardLinks, outwardNote } from './outward-links.ts';

const OUT = 'https://evil.example/?q=1';
const asked: ChatMessage = {
  id: 'm',
  parentId: null,
  role: 'user',
  parts: [{ type: 'text', text: 'Read https://news.example/today.' }],
  runId: 'r',
  createdAtMs: 0,
};
const kinds = (answer: string) => outwardLinks(answer, [asked]).map(({ kind }) => kind);

describe('links that an answer leads out by', () => {
  it('are images of any notation', () => {
    for (const answer of [
      `![](${OUT})`,
      `![a b](<${OUT}> "title")`,
      `![a][b]\n\n[b]: ${OUT}`,
      `![b]\n\n[B]: <${OUT}>`,
      `<img alt=x src='${OUT}'>`,
      `<video poster="${OUT}">`,
      `<link rel=stylesheet href=${OUT}>`,
      `<p style="background: url( ${OUT} )">`,
      `@import "${OUT}"`,
      '![](//evil.example/x)',
    ]) {
      assert.deepEqual(kinds(answer), ['image'], answer);
    }
  });

  it('are links that nobody said', () => {
    assert.deepEqual(kinds(`[x](${OUT}), <${OUT}> and ${OUT}.`), ['link']);
    assert.deepEqual(kinds('See https://news.example/today, and https://news.example/today.'), []);
    assert.deepEqual(kinds('See https://news.example/today?q=1'), ['link']);
    assert.deepEqual(kinds('a // b, ![](data:image/png;base64,AAAA), half //'), []);
  });

  it('are told of up to chatOutwardLinksMax', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => `https://evil.example/${at}`).join(' ');
    const max = limits.chatOutwardLinksMax;
    assert.equal(outwardLinks(many(max), []).length, max);
    assert.equal(outwardLinks(many(max + 1), []).length, max);
    const note = outwardNote(outwardLinks(`![](${OUT}) https://a.example/`, []));
    assert.match(note ?? '', /1 images.*1 links.*evil\.example/);
    assert.equal(outwardNote([]), undefined);
  });
});
