import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancellation } from '../../../kernel/cancellation.ts';
import { GatewayError, type ErrorCode } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ExchangeIo } from '../../../mcp/message.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { sendRequest, type SendOptions } from './send-request.ts';

type Answer = ErrorCode | readonly [status: number, retryAfter?: string];

interface Sent {
  readonly status: number | string;
  readonly attempts: number;
  readonly waits: readonly number[];
  readonly discarded: number;
}

async function send(
  method: string,
  answers: readonly Answer[],
  more: {
    headers?: Record<string, string>;
    io?: Partial<ExchangeIo>;
    options?: Partial<SendOptions>;
  } = {},
): Promise<Sent> {
  let [attempts, discarded] = [0, 0];
  const waits: number[] = [];
  const egress: Egress = {
    request: () => {
      const answer = answers[Math.min(attempts, answers.length - 1)] ?? [200];
      attempts += 1;
      if (typeof answer === 'string') return Promise.reject(new GatewayError(answer));
      const [status, retryAfter] = answer;
      return Promise.resolve({
        status,
        headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
        bytes: () => Promise.resolve(Buffer.alloc(0)),
        stream: () => assert.fail('not streamed'),
        discard: () => void (discarded += 1),
      });
    },
    connect: () => Promise.reject(new Error('no connection expected')),
    openWebSocket: () => Promise.reject(new Error('no socket expected')),
  };
  const cancellation = new Cancellation();
  const io = { cancellation, deadlineMs: 0, notified: 0, notify: () => undefined, ...more.io };
  const options: SendOptions = {
    attemptsMax: limits.apiAttemptsMax,
    headersTimeoutMs: undefined,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    ...more.options,
  };
  const request = { method, url: 'https://api.example/x', headers: more.headers ?? {} };
  const status = await sendRequest(egress, request, io, options).then(
    (response) => response.status,
    (error: unknown) => (error as GatewayError).code,
  );
  return { status, attempts, waits, discarded };
}

describe('sending again', () => {
  test('helps while the API is briefly unable (apiAttemptsMax)', async () => {
    for (const first of [
      [429],
      [502],
      [503],
      [504],
      'upstream_unavailable',
      'upstream_failed',
    ] as const) {
      const sent = await send('GET', [first, [200]]);
      assert.equal(sent.status, 200);
      assert.equal(sent.attempts, 2);
    }
    const never = await send('GET', [[503]]);
    assert.deepEqual(
      [never.status, never.attempts, never.discarded],
      [503, limits.apiAttemptsMax, 2],
    );
    const gone = await send('GET', ['upstream_unavailable']);
    assert.deepEqual([gone.status, gone.attempts], ['upstream_unavailable', limits.apiAttemptsMax]);
    assert.ok((gone.waits[0] ?? 0) >= 250 && (gone.waits[1] ?? 0) >= 500);
    assert.equal((await send('GET', [[503]], { options: { attemptsMax: 1 } })).attempts, 1);
  });

  test('is for requests that may be repeated only', async () => {
    for (const method of ['HEAD', 'QUERY', 'PUT', 'DELETE']) {
      assert.equal((await send(method, [[503], [200]])).attempts, 2, method);
    }
    for (const method of ['POST', 'PATCH', 'COPY']) {
      assert.equal((await send(method, [[503], [200]])).attempts, 1, method);
      assert.equal((await send(method, ['upstream_failed'])).attempts, 1, method);
    }
    const keyed = await send('POST', [[503], [200]], { headers: { 'idempotency-key': 'k' } });
    assert.equal(keyed.attempts, 2);
  });

  test('is not for answers and failures that would stay the same', async () => {
    for (const answer of [[200], [400], [404], [500], [501]] as const) {
      assert.equal((await send('GET', [answer])).attempts, 1);
    }
    for (const code of ['egress_denied', 'upstream_timeout'] as const) {
      assert.deepEqual(await send('GET', [code]), {
        status: code,
        attempts: 1,
        waits: [],
        discarded: 0,
      });
    }
  });

  test('waits as long as the API asks, within reason (apiRetryWaitMs)', async () => {
    const seconds = limits.apiRetryWaitMs / 1000;
    const asked = await send('GET', [[429, String(seconds)], [200]]);
    assert.deepEqual([asked.status, asked.waits], [200, [limits.apiRetryWaitMs]]);
    const long = await send('GET', [[429, String(seconds + 1)], [200]]);
    assert.deepEqual([long.status, long.attempts], [429, 1]);
  });

  test('keeps to the deadline and ends with its exchange', async () => {
    const late = await send('GET', [[429, '5']], { io: { deadlineMs: Date.now() + 1000 } });
    assert.equal(late.attempts, 1);
    const cancellation = new Cancellation();
    cancellation.cancel('client_gone');
    assert.equal((await send('GET', [[503]], { io: { cancellation } })).attempts, 1);
  });
});
