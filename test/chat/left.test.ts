import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startToldGateway, type ToldGateway } from './support/start-told-gateway.ts';

/** A run that nobody can read again ends with its reader: model and tools within a second. */
describe('a client that leaves', () => {
  const WITHIN_MS = 1_000;
  const stack = new AsyncDisposableStack();
  let gateway: ToldGateway;
  before(async () => {
    gateway = await startToldGateway(stack);
  });
  after(async () => {
    await stack.disposeAsync();
  });

  const user = (content: string) => [{ role: 'user', content }];
  const completion = (text: string, stream: boolean) =>
    ['/v1/chat/completions', { model: 'default', stream, messages: user(text) }] as const;
  const response = (text: string, stream: boolean, more: object = {}) =>
    ['/v1/responses', { model: 'default', stream, input: text, ...more }] as const;

  async function statusOfLast(): Promise<string> {
    const { conversations } = await listed();
    const came = await gateway.send(
      'GET',
      `/api/v1/chat/conversations/${conversations[0]?.id ?? ''}`,
    );
    const { lastRun } = (await came.json()) as { lastRun: { status: string } };
    return lastRun.status;
  }

  async function listed() {
    const came = await gateway.send('GET', '/api/v1/chat/conversations?limit=1');
    return (await came.json()) as { readonly conversations: readonly { readonly id: string }[] };
  }

  /** Sends, leaves once `begun`, and says how long until `ended`. */
  async function leave(
    [path, body]: readonly [string, object],
    begun: () => boolean,
    ended: Promise<void>,
  ): Promise<number> {
    const leaving = new AbortController();
    const sent = gateway.post(path, body, leaving.signal).then((came) => came.text());
    sent.catch(() => {});
    while (!begun()) await sleep(5);
    // The first words are on their way.
    await sleep(300);
    const leftMs = performance.now();
    leaving.abort();
    await assert.rejects(sent);
    await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
    return performance.now() - leftMs;
  }

  for (const stream of [true, false]) {
    const how = stream ? 'a stream' : 'a whole answer';
    for (const [name, make] of Object.entries({ completion, response })) {
      test(`ends the model of ${how}: ${name}`, async () => {
        const before = gateway.model.asked.length;
        const ended = gateway.model.nextLeft();
        const tookMs = await leave(
          make('hang', stream),
          () => gateway.model.asked.length > before,
          ended,
        );
        assert.ok(tookMs < WITHIN_MS, `${tookMs} ms`);
      });

      test(`ends the tools of ${how}: ${name}`, async () => {
        const before = gateway.called.length;
        const ended = gateway.nextDropped();
        const tookMs = await leave(
          make('call notes__hang {}', stream),
          () => gateway.called.length > before,
          ended,
        );
        assert.ok(tookMs < WITHIN_MS, `${tookMs} ms`);
      });
    }
  }

  test('a response in the background goes on without it', async () => {
    const before = gateway.model.asked.length;
    let hasEnded = false;
    void gateway.model.nextLeft().then(() => (hasEnded = true));
    const never = sleep(WITHIN_MS);
    const begun = () => gateway.model.asked.length > before;
    await leave(response('hang', true, { background: true }), begun, never);
    assert.equal(hasEnded, false);
    assert.equal(await statusOfLast(), 'running');
  });
});
