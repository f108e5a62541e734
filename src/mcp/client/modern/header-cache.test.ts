import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderCache } from './header-cache.ts';

describe('HeaderCache', () => {
  const cache = new HeaderCache({ authorization: 'a' }, '2026-07-28');

  it('names what the request is about', () => {
    const uri = { uri: 'file:///a b' };
    assert.equal(cache.headersFor('resources/read', uri, undefined)['mcp-name'], 'file:///a b');
    const task = cache.headersFor('tasks/get', { taskId: 't' }, undefined);
    assert.equal(task['mcp-name'], 't');
    const list = cache.headersFor('tools/list', { name: 'x' }, undefined);
    assert.deepEqual(list, {
      authorization: 'a',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    });
    const odd = cache.headersFor('tools/call', { name: 'é\r\n' }, undefined);
    assert.match(odd['mcp-name'] as string, /^=\?base64\?/);
    assert.equal(cache.headersFor('a\r\nb', {}, undefined)['mcp-method'], 'unknown');
  });

  it('gives the same object again, for thousands of names too', () => {
    const first = cache.headersFor('tools/call', { name: 'a' }, undefined);
    assert.equal(cache.headersFor('tools/call', { name: 'a' }, undefined), first);
    for (let n = 0; n < 5_000; n++) cache.headersFor('tools/call', { name: `n${n}` }, undefined);
    assert.deepEqual(cache.headersFor('tools/call', { name: 'a' }, undefined), first);
  });
});
