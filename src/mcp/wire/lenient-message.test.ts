import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answeredId } from './answered-id.ts';
import { readBatch, readServerMessage } from './server-message.ts';

const read = (text: string): ReturnType<typeof readServerMessage> =>
  readServerMessage(Buffer.from(text));

describe('what serialisers add to a message', () => {
  it('null beside the member that counts is absent', () => {
    const answer = read('{"jsonrpc":"2.0","id":1,"method":null,"result":{"a":1},"error":null}');
    assert.equal(answer.kind === 'result' && answer.result.bytes.toString(), '{"a":1}');
    const error = read(
      '{"jsonrpc":"2.0","id":1,"method":null,"result":null,"error":{"code":-1,"message":"m"}}',
    );
    assert.equal(error.kind === 'error' && error.error.message, 'm');
    const note = '{"jsonrpc":"2.0","id":null,"method":"n","params":null,"result":null}';
    assert.equal(read(note).kind, 'notification');
    const question = '{"jsonrpc":"2.0","id":"1","method":"ping","error":null}';
    assert.deepEqual(read(question), { kind: 'request', id: '1', method: 'ping', params: {} });
    for (const text of [
      '{"jsonrpc":"2.0","id":1,"result":null,"error":null}',
      '{"jsonrpc":"2.0","id":1,"result":null}',
    ]) {
      assert.throws(() => read(text), { code: 'upstream_failed' });
    }
  });

  it('a byte order mark, blanks and an id written as text', () => {
    for (const before of ['\uFEFF', ' \r\n', '\uFEFF \t\uFEFF']) {
      const answer = read(`${before}{"jsonrpc":"2.0","id":"7","result":{}}`);
      assert.equal(answer.kind === 'result' && answer.id, 7);
    }
    const error = read('{"jsonrpc":"2.0","id":"7","error":{"code":1,"message":"m"}}');
    assert.equal(error.kind === 'error' && error.id, 7);
  });

  it('several in an array, with every digit; what is none is the fault of the service', () => {
    const [first, second] = readBatch(
      Buffer.from(
        '[{"jsonrpc":"2.0","method":"n"},{"jsonrpc":"2.0","id":1,"result":{"a":9007199254740993}}]',
      ),
    );
    assert.equal(first?.kind, 'notification');
    const result = second?.kind === 'result' ? second.result.bytes.toString() : '';
    assert.equal(result, '{"a":9007199254740993}');
    for (const text of ['[oops', '[1,', '[null]', '[[]]', '[DONE]', '']) {
      assert.throws(() => readBatch(Buffer.from(text)), { code: 'upstream_failed' }, text);
    }
  });
});

describe('answeredId', () => {
  it('finds which request broken bytes were meant to answer', () => {
    const of = (text: string): number | undefined => answeredId(Buffer.from(text));
    assert.equal(of('{"jsonrpc":"2.0","id":12,"result":{"a":'), 12);
    assert.equal(of('{"jsonrpc":"2.0", "id" : "12" ,"result":[]}'), 12);
    assert.equal(of(`{"result":[${'1,'.repeat(9_000)}],"id":5}`), 5);
    assert.equal(of('{"id":5,"method":"x","params":[]}'), undefined);
    assert.equal(of('{"type":"heartbeat"}'), undefined);
    assert.equal(of('{"id":5.5}'), undefined);
  });

  it('takes no id that stands in the data of a broken message', () => {
    const of = (text: string): number | undefined => answeredId(Buffer.from(text));
    assert.equal(of('{"result":{"rows":[{"id":5},{"id":6}]'), undefined);
    assert.equal(of('{"result":{"id":5},"id":12,"x":'), 12);
    assert.equal(of('{"result":{"id":5,"method":"POST"},"id":12,"x":'), 12);
    assert.equal(of('{"result":{"text":"\\"id\\":5,{"},"id":12,"x":'), 12);
    assert.equal(of('[{"id":5},'), undefined);
    const long = '[{"id":5}],'.repeat(2_000);
    assert.equal(of(`{"result":{"a":[${long}]},"id":12}`), 12);
    assert.equal(of(`{"result":{"a":[${long}{"id":5}]}}`), undefined);
    assert.equal(of(`{"result":{"a":[${long}`), undefined);
  });
});
