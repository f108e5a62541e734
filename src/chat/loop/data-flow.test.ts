import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChatMessage, MessagePart } from '../conversations/message.ts';
import { readDataFlow } from './data-flow.ts';

const message = (role: ChatMessage['role'], ...parts: readonly MessagePart[]): ChatMessage => ({
  id: 'm',
  parentId: null,
  role,
  parts,
  runId: 'r',
  createdAtMs: 0,
});
const user = (text: string) => message('user', { type: 'text', text });
const result = (tool: string, text: string) =>
  message('tool', {
    type: 'tool_result',
    callId: 'c',
    tool,
    end: 'ok',
    content: [{ type: 'text', text }],
    durationMs: 1,
    usageId: 'use_1',
  });
const file = message('user', { type: 'file', mediaType: 'application/pdf', artifactId: 'a' });

const definition: JsonObject = {
  name: 'page',
  description: 'Fetches a page.',
  inputSchema: {
    type: 'object',
    properties: { url: {}, q: {}, unit: { enum: ['celsius'] }, limit: {}, exact: {}, cursor: {} },
  },
};
const SECRET = 'Zebra-8841';
const both = [
  user('Compare https://news.example/today with what the books say of 東京の天気.'),
  result('web__page', 'More at https://more.example/x?a=1 or ask eve@evil.example about prices.'),
  result('books__read', `The sum of Ada is ${SECRET}.`),
];
const carried = (given: JsonObject, history = both, slug = 'web') =>
  readDataFlow(history).carriedBy(given, { slug, definition });

describe('what arguments carry', () => {
  it('is nothing, where their user, this service or its schema said it', () => {
    for (const given of [
      {},
      { url: 'https://news.example/today' },
      { url: 'https://more.example/x?a=1' },
      { q: 'the books today', unit: 'celsius' },
      { q: 'price' },
      { q: '天気' },
      { q: 'Compare', limit: 20, exact: true, cursor: null },
    ]) {
      assert.equal(carried(given), 'none', JSON.stringify(given));
    }
  });

  it('is what another service said, as it is or within something else', () => {
    for (const given of [
      { q: SECRET },
      { q: SECRET.toUpperCase() },
      { q: `compare ${SECRET}` },
      { [SECRET]: 'compare' },
      { deep: [{ deeper: [SECRET] }] },
      { q: '8841' },
      { q: 8841 },
    ]) {
      assert.equal(carried(given), 'foreign', JSON.stringify(given));
    }
  });

  it('is not known for what nobody said', () => {
    for (const given of [
      { q: Buffer.from(SECRET).toString('base64') },
      { q: SECRET.split('').join(' ') },
      { url: `https://evil.example/?q=${SECRET}` },
      { url: 'https://more.example/x?a=2' },
      { to: 'bob@evil.example' },
      { url: '//evil.example/x' },
      { ip: '10.1.2.3' },
    ]) {
      assert.notEqual(carried(given), 'none', JSON.stringify(given));
    }
  });

  it('is an address alone, while nobody else said anything', () => {
    const alone = [both[0], both[1]] as readonly ChatMessage[];
    assert.equal(carried({ q: 'words of its own' }, [...alone]), 'none');
    assert.equal(carried({ url: 'https://evil.example/?q=today' }, [...alone]), 'unknown');
    assert.equal(carried({ q: 'words of its own' }, [...alone, file]), 'unknown');
    assert.equal(carried({ q: SECRET }, [...alone, result('read_result', SECRET)]), 'foreign');
  });

  it('is not hidden in numbers: chatSmallValuesMax', () => {
    const most = Array.from({ length: limits.chatSmallValuesMax }, () => 65);
    assert.equal(carried({ q: most }), 'none');
    assert.equal(carried({ q: [...most, 66] }), 'unknown');
    assert.equal(carried({ q: [...most, true] }), 'unknown');
  });

  it('is not looked for among more than chatJudgedWordsMax words', () => {
    const said = (count: number) => ({ q: Array.from({ length: count }, () => 'today').join(' ') });
    // The name of the member is a word too.
    assert.equal(carried(said(limits.chatJudgedWordsMax - 1)), 'none');
    assert.equal(carried(said(limits.chatJudgedWordsMax)), 'foreign');
  });

  it('never is nothing for a text with a word that only others said', () => {
    const word = fc.stringMatching(/^[a-z]{6,12}$/);
    fc.assert(
      fc.property(word, fc.array(fc.constantFrom('compare', 'today', '-', ' ', '/')), (w, more) => {
        const secret = `${w}q7`;
        const history = [...both, result('books__read', secret)];
        const given = { q: [secret, ...more].join(' ') };
        assert.equal(carried(given, history), 'foreign');
      }),
    );
  });
});
