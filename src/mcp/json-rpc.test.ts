import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject } from '../kernel/json.ts';
import { idOf, readFrame, requestIdIn } from './json-rpc.ts';
import { cancelledText, errorResponse, idAsJson, resultText } from './wire/message-text.ts';
import { parseMessage } from './wire/parse-message.ts';

const parse = (text: string): unknown => parseMessage(Buffer.from(text));

describe('the id of a request', () => {
  test('is echoed with every digit', () => {
    for (const id of ['9007199254740992', '9007199254740993', '-9223372036854775809', '7', '"x"']) {
      const frame = readFrame(parse(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`));
      assert.ok(frame.kind === 'request');
      assert.equal(resultText(frame.id, '{}'), `{"jsonrpc":"2.0","id":${id},"result":{}}`);
      assert.equal(errorResponse(frame.id, {}), `{"jsonrpc":"2.0","id":${id},"error":{}}`);
      assert.ok(cancelledText(frame.id).includes(`{"requestId":${id}}`));
      assert.equal(JSON.stringify([idAsJson(frame.id)]), `[${id}]`);
    }
  });

  test('is the one that a cancellation names', () => {
    const long = '9007199254740993';
    const params = parse(`{"requestId":${long}}`);
    assert.ok(isJsonObject(params));
    assert.equal(requestIdIn(params, 'requestId'), 9_007_199_254_740_993n);
    assert.equal(new Set([requestIdIn(params, 'requestId'), BigInt(long)]).size, 1);
  });

  test('is no fraction, no power and nothing endless', () => {
    for (const id of ['1.5', '1e30', `1${'0'.repeat(256)}`, 'null', 'true', '{}']) {
      assert.equal(idOf(parse(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)), null, id);
    }
  });
});
