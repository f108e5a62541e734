import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { LegacyServerStream } from './legacy-server-stream.ts';

/** A response with this body. */
function response(status: number, ...chunks: readonly string[]): EgressResponse {
  async function* stream(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const headers = { 'content-type': 'text/event-stream' };
  return {
    status,
    headers,
    stream,

    bytes: () => Promise.reject(new Error()),
    discard: () => {},
  };
}

interface Seen {
  readonly askedFor: (string | undefined)[];
  readonly events: string[];
  readonly waitedMs: number[];
}

/** Runs a stream over these answers; the last one ends it. */
async function run(...answers: readonly (EgressResponse | Error)[]): Promise<Seen> {
  const seen: Seen = { askedFor: [], events: [], waitedMs: [] };
  const cancellation = new Cancellation();
  let answeredMs = Date.now();
  const stream = new LegacyServerStream({
    get: (lastEventId) => {
      if (seen.askedFor.length > 0) seen.waitedMs.push(Date.now() - answeredMs);
      const answer = answers[seen.askedFor.length];
      seen.askedFor.push(lastEventId);
      answeredMs = Date.now();
      if (seen.askedFor.length === answers.length) cancellation.cancel('shutdown');
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve(answer as EgressResponse);
    },
    event: (data) => {
      seen.events.push(data.toString('utf8'));
      return undefined;
    },
    gone: () => seen.events.push('gone'),
    cancellation,
    log: silentLog,
  });
  // The pause itself keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  await stream.run();
  clearInterval(alive);
  return seen;
}

describe('LegacyServerStream', () => {
  it('goes on where it stopped, after the time the server asked for', async () => {
    const first = response(200, 'retry: 60\nid: 7\nda', 'ta: a\n\n', 'event: other\ndata: x\n\n');
    const seen = await run(first, response(200, 'data: b\n\n'));
    assert.deepEqual(seen.askedFor, [undefined, '7']);
    assert.deepEqual(seen.events, ['a', 'b']);
    assert.ok((seen.waitedMs[0] as number) >= 59 && (seen.waitedMs[0] as number) < 500);
  });

  it('waits by itself when the server said nothing or cannot be reached', async () => {
    const seen = await run(new GatewayError('upstream_unavailable'), response(200));
    assert.ok((seen.waitedMs[0] as number) >= limits.streamRetryMsMin);
    assert.ok((seen.waitedMs[0] as number) < limits.streamRetryMsMin * 3);
  });

  it('says that the session is gone where a stream that was there is not found', async () => {
    const gone = await run(response(200, 'data: a\n\n'), response(404), response(200));
    assert.deepEqual(gone.events, ['a', 'gone']);
    assert.equal(gone.askedFor.length, 2);
    assert.deepEqual((await run(response(404), response(200))).events, []);
  });

  it('is not asked for again where there is none, but is where there is one at times', async () => {
    assert.equal((await run(response(405), response(200))).askedFor.length, 1);
    assert.equal((await run(response(404), response(200))).askedFor.length, 1);
    assert.equal((await run(response(503), response(200))).askedFor.length, 2);
  });
});
