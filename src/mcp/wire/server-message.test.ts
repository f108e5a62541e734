import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readServerMessage } from './server-message.ts';

const read = (text: string): ReturnType<typeof readServerMessage> =>
  readServerMessage(Buffer.from(text));

describe('readServerMessage', () => {
  it('gives back the very bytes of any result', () => {
    const results = fc.dictionary(fc.string(), fc.jsonValue());
    const spaces = fc.constantFrom('', ' ', '\n', '\r\n\t');
    const property = fc.property(
      results,
      fc.nat(),
      spaces,
      fc.boolean(),
      (value, id, gap, isFirst) => {
        const body = JSON.stringify(value, undefined, gap.length);
        const result = `"result"${gap}:${gap}${body}`;
        const rest = `"jsonrpc":"2.0",${gap}"id":${id}`;
        const text = isFirst ? `{${result},${rest}}${gap}` : `${gap}{${rest},${result}${gap}}`;
        const message = read(text);
        assert.equal(message.kind, 'result');
        assert.equal(message.id, id);
        assert.equal(message.result.bytes.toString('utf8'), body);
        assert.equal(message.result.has('resultType'), Object.hasOwn(value, 'resultType'));
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  it('reads errors, requests and notifications', () => {
    const error = read(
      '{"jsonrpc":"2.0","id":"a","error":{"code":-32602,"message":"m","data":[1]}}',
    );
    assert.equal(error.kind, 'error');
    assert.equal(error.error.rpcCode, -32602);
    assert.deepEqual(error.error.data, [1]);
    const anonymous = read('{"jsonrpc":"2.0","id":null,"error":{"code":"x"}}');
    assert.equal(anonymous.kind === 'error' && anonymous.id, undefined);
    assert.equal(read('{"jsonrpc":"2.0","id":1,"method":"ping"}').kind, 'request');
    assert.equal(read('{"jsonrpc":"2.0","method":"x","params":{}}').kind, 'notification');
  });

  const broken = [
    '',
    'null',
    '[]',
    '{}',
    '{"jsonrpc":"2.0","id":1,"result":[]}',
    '{"jsonrpc":"2.0","id":1,"result":{}',
    '{"jsonrpc":"2.0","id":1,"result":{}} x',
    '{"jsonrpc":"2.0","id":null,"result":{}}',
    '{"jsonrpc":"2.0","result":{}}',
    '{"jsonrpc":"2.0","id":1.5,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    '{"jsonrpc":"2.0","id":1,"error":"x"}',
    '{"jsonrpc":"1.0","id":1,"method":"x"}',
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
  ];
  for (const text of broken) {
    it(`refuses ${text === '' ? 'nothing' : text}`, () => {
      assert.throws(() => read(text), { code: 'upstream_failed' });
    });
  }

  it('never fails in another way, whatever the bytes', () => {
    const start = fc.constantFrom('{"jsonrpc":"2.0","id":1,', '{"result":{', '{', '');
    const property = fc.property(start, fc.uint8Array({ maxLength: 60 }), (head, tail) => {
      try {
        readServerMessage(Buffer.concat([Buffer.from(head), tail]));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'upstream_failed');
      }
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
