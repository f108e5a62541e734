import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { eventStream } from './event-stream.ts';

test('a silent stream says every chatHeartbeatMs that it lives', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let hasLeft = false;
  const more = Promise.withResolvers<void>();
  async function* events() {
    yield { id: 1, event: 'text', data: { text: 'a\nb' } };
    await more.promise;
    yield { data: '[DONE]' };
  }
  const { body, headers } = eventStream(events(), () => (hasLeft = true));
  assert.equal(headers.get('content-type'), 'text/event-stream');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<string> =>
    Buffer.from((await reader.read()).value ?? []).toString();
  assert.equal(await read(), 'id: 1\nevent: text\ndata: {"text":"a\\nb"}\n\n');
  const silence = read();
  await Promise.resolve();
  t.mock.timers.tick(limits.chatHeartbeatMs);
  assert.equal(await silence, ':\n\n');
  const last = read();
  more.resolve();
  assert.equal(await last, 'data: [DONE]\n\n');
  await reader.cancel();
  assert.equal(hasLeft, true);
});
