import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cancellation } from '../../../kernel/cancellation.ts';
import type { McpNotification } from '../../../mcp/message.ts';
import type { EgressResponse } from '../../../kernel/egress.ts';
import { collectBody, type CollectedBody } from './collect-body.ts';

interface Given {
  readonly type?: string;
  readonly bytesMax?: number;
  readonly endless?: boolean;
  readonly inMs?: number;
}

async function collect(
  pieces: readonly string[],
  given: Given = {},
): Promise<CollectedBody & { readonly told: readonly unknown[]; readonly discarded: boolean }> {
  const told: unknown[] = [];
  let discarded = false;
  const stop = Promise.withResolvers<void>();
  const response: EgressResponse = {
    status: 200,
    headers: { 'content-type': given.type ?? 'text/event-stream' },
    bytes: () => assert.fail('the body is read as it comes'),
    stream: async function* () {
      for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
      if (given.endless === true) await stop.promise;
    },
    discard: () => {
      discarded = true;
      stop.resolve();
    },
  };
  const io = {
    cancellation: new Cancellation(),
    deadlineMs: Date.now() + (given.inMs ?? 60_000),
    notified: 0,
    notify: ({ params }: McpNotification) => {
      told.push(params);
      return undefined;
    },
  };
  const options = { bytesMax: given.bytesMax ?? 1000, progress: true };
  return { ...(await collectBody(response, io, options)), told, discarded };
}

describe('collecting a body', () => {
  test('reports each event of a stream', async () => {
    const got = await collect([
      'data: {"a"',
      ':1}\n\nda',
      'ta: two\ndata: lines\n\n: ping\n',
      '\n',
    ]);
    assert.equal(got.cut, undefined);
    assert.deepEqual(got.told, [
      { progress: 1, message: '{"a":1}' },
      { progress: 2, message: 'two\nlines' },
    ]);
    const lines = await collect(['{"a":1}\n{"a"', ':2}\n'], { type: 'application/jsonl' });
    assert.equal(lines.told.length, 2);
    assert.deepEqual((await collect(['{}'], { type: 'application/json' })).told, []);
  });

  test('ends before the exchange does, with what came', async () => {
    const got = await collect(['data: 1\n\n'], { endless: true, inMs: 1_020 });
    assert.equal(got.cut, 'time');
    assert.equal(got.bytes.toString(), 'data: 1\n\n');
    assert.ok(got.discarded);
    await setTimeout(1);
  });

  test('ends at its size', async () => {
    const exact = await collect(['12345', '67890'], { bytesMax: 10 });
    assert.deepEqual([exact.cut, exact.bytes.byteLength], [undefined, 10]);
    const over = await collect(['12345', '678901'], { bytesMax: 10, type: 'text/plain' });
    assert.deepEqual([over.cut, over.discarded], ['size', true]);
  });
});
