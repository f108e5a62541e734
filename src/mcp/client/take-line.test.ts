import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LegacyPeer } from './legacy/legacy-peer.ts';
import { takeEvent, takeLine } from './take-line.ts';

/** A peer with one request under way; what became of it. */
async function asking(): Promise<{ peer: LegacyPeer; id: number; ended: unknown[] }> {
  const nothing = (): void => {};
  const peer = new LegacyPeer({
    notified: () => undefined,
    asked: nothing,
    closed: nothing,
    forgotten: nothing,
  });
  await peer.connect(() =>
    Promise.resolve({
      request: nothing,
      post: nothing,
      abandon: nothing,
      initialized: nothing,
      close: () => Promise.resolve(),
    }),
  );
  const id = peer.nextId();
  const ended: unknown[] = [];
  const failed = (error: unknown): void => void ended.push((error as { code?: unknown }).code);
  peer.send(id, 'tools/call', {}, { result: () => ended.push('result'), failed });
  return { peer, id, ended };
}

const unexpected = (error: unknown): void => assert.fail(String(error));

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is no message on a channel', () => {
  for (const beat of ['ping', '[DONE]', '{"type":"heartbeat"}', '{}', '[oops', 'null', '42']) {
    it(`${beat} is passed over`, async () => {
      const { peer, id, ended } = await asking();
      const passed: unknown[] = [];
      takeLine(peer, Buffer.from(beat), (error) => passed.push(error));
      await takeEvent(peer, Buffer.from(beat), id);
      await soon();
      assert.equal(passed.length, 1);
      assert.deepEqual(ended, []);
      takeLine(peer, Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`), unexpected);
      assert.deepEqual(ended, ['result']);
    });
  }

  it('but a broken answer fails its request at once, as a line and as an event', async () => {
    for (const answer of ['"result":{"a":', '"result":[]}', '"result":null}', '"error":"x"}']) {
      for (const take of [
        (peer: LegacyPeer, bytes: Buffer, _id: number) => takeLine(peer, bytes, unexpected),
        (peer: LegacyPeer, bytes: Buffer, id: number) => takeEvent(peer, bytes, id),
      ]) {
        const { peer, id, ended } = await asking();
        take(peer, Buffer.from(`{"jsonrpc":"2.0","id":${id},${answer}`), id);
        assert.deepEqual(ended, ['upstream_failed'], answer);
      }
    }
  });
});
