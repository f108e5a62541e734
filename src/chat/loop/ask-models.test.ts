import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chatWorld, READS, saying } from '../../../test/support/chat/chat-world.ts';
import { scriptedModel, type ScriptedAnswer } from '../../../test/support/chat/scripted-model.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

class Failure extends GatewayError {
  readonly isWorthRetry: boolean;
  readonly isWorthFallback: boolean;
  readonly retryAfterMs: number | undefined;
  readonly kind: string;

  constructor(
    text: string,
    worth: { again?: boolean; another?: boolean; afterMs?: number; kind?: string },
  ) {
    super('upstream_failed', text);
    this.isWorthRetry = worth.again ?? false;
    this.isWorthFallback = worth.another ?? false;
    this.retryAfterMs = worth.afterMs ?? 1;
    this.kind = worth.kind ?? 'provider_failed';
  }
}

const busy = (afterMs = 1) => new Failure('It is busy.', { again: true, another: true, afterMs });

/** Answers by how often it was asked. */
function byAttempt(name: string, ...answers: readonly ScriptedAnswer[]) {
  let asked = 0;
  return scriptedModel(() => answers[asked++] ?? { text: `by ${name}` }, { name });
}

describe('asking one model after the other', () => {
  it('asks the same once more, and then the next, which goes on answering', async () => {
    const first = byAttempt('p/one', { error: busy() });
    const world = chatWorld({ models: [first, byAttempt('p/two')] });
    await world.proceed();
    assert.equal(world.text(), 'by p/one');
    assert.match(world.told('note')[0]?.text ?? '', /busy.*once more/);
    const worse = byAttempt('p/one', { error: busy() }, { error: busy() });
    const second = byAttempt('p/two', { calls: [{ name: 'a__b', input: {} }] });
    const tools = { a__b: { definition: READS, run: () => saying('ok') } };
    const other = chatWorld({ models: [worse, second], tools });
    assert.deepEqual(await other.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(worse.asked.length, 2);
    assert.equal(second.asked.length, 2);
    assert.match(other.told('note').at(-1)?.text ?? '', /p\/two is asked instead of p\/one/);
    assert.deepEqual(
      other.usage.map(({ tool, outcome, quantities }) => [tool, outcome, quantities !== null]),
      [
        ['p/one', 'upstream_error', false],
        ['p/one', 'upstream_error', false],
        ['p/two', 'ok', true],
        ['p/two', 'ok', true],
      ],
    );
  });

  it('waits as long as the provider asks, up to chatRetryMsMax', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const max = limits.chatRetryMsMax;
    for (const [afterMs, isAskedAgain] of [
      [max, true],
      [max + 1, false],
    ] as const) {
      const first = byAttempt('p/one', { error: busy(afterMs) });
      const world = chatWorld({
        models: [first, byAttempt('p/two')],
        limits: { totalMs: 10 * max },
      });
      const done = world.proceed();
      while (world.told('note').length === 0) await new Promise((resolve) => setImmediate(resolve));
      t.mock.timers.tick(max);
      await done;
      assert.equal(first.asked.length, isAskedAgain ? 2 : 1);
      assert.equal(world.text(), isAskedAgain ? 'by p/one' : 'by p/two');
    }
  });

  it('waits chatRetryMs where the provider does not say', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    const error = Object.assign(new Error('overloaded'), { statusCode: 503 });
    const model = byAttempt('p/one', { error });
    const world = chatWorld({ models: [model] });
    const done = world.proceed();
    while (world.told('note').length === 0) await turns();
    t.mock.timers.tick(limits.chatRetryMs - 1);
    await turns();
    assert.equal(model.asked.length, 1);
    t.mock.timers.tick(1);
    await done;
    assert.equal(model.asked.length, 2);
  });

  it('throws away what was said before the answer was cut, and says so', async () => {
    const model = byAttempt('p/one', { text: 'The half of', cut: busy() }, { text: 'All of it.' });
    const world = chatWorld({ models: [model] });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    const kinds = world.disk.events.map(({ type }) => type);
    assert.ok(kinds.indexOf('reset') > kinds.indexOf('text'));
    const after = world.disk.events.slice(kinds.indexOf('reset'));
    assert.equal(after.map((one) => (one.type === 'text' ? one.text : '')).join(''), 'All of it.');
    assert.deepEqual(world.disk.messages.at(-1)?.parts, [{ type: 'text', text: 'All of it.' }]);
    const [lost] = world.usage;
    assert.equal(lost?.outcome, 'upstream_lost');
    assert.match(lost?.quantities ?? '', /token:output.*custom:estimated/);
  });

  it('gives up where nothing helps, with the reason for people', async () => {
    const key = new Failure('The key is refused.', {});
    const refused = new Failure('It will not answer that.', { kind: 'refused' });
    for (const [error, reason] of [
      [key, 'failed'],
      [refused, 'refused'],
    ] as const) {
      const second = byAttempt('p/two');
      const world = chatWorld({ models: [byAttempt('p/one', { error }), second] });
      assert.deepEqual(await world.proceed(), { state: 'finished', reason });
      assert.equal(second.asked.length, 0);
      assert.equal(world.told('error')[0]?.message, error.message);
    }
    const all = chatWorld({ models: [byAttempt('p/one', { error: busy() }, { error: busy() })] });
    assert.deepEqual(await all.proceed(), { state: 'finished', reason: 'failed' });
  });

  it('asks nobody when there is too little to spend', async () => {
    const model = byAttempt('p/one');
    const refusal = new GatewayError('insufficient_credit');
    const spending = {
      isBound: () => true,
      hold: () => Promise.reject(refusal),
    };
    const world = chatWorld({ models: [model], spending });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'cost' });
    assert.equal(model.asked.length, 0);
    assert.equal(world.told('error')[0]?.code, 'insufficient_credit');
  });

  it('settles what was held with what was used, and gives it back', async () => {
    const settled: string[] = [];
    const spending = {
      isBound: () => true,
      hold: (request: { readonly tool: string | null; readonly method: string }) => {
        settled.push(`${request.method} ${request.tool}`);
        return {
          settle: (record: { readonly quantities: string | null }) => {
            settled.push(record.quantities ?? '');
            return 'held';
          },
          settlePart: () => null,
          release: () => Promise.resolve(void settled.push('released')),
        };
      },
    };
    const price = () => ({ nano: 1_500_000n, currency: 'USD' });
    const world = chatWorld({
      models: [scriptedModel(() => ({ text: 'x' }), {}, price)],
      spending,
    });
    await world.proceed();
    assert.deepEqual(settled, [
      'chat/step test/scripted',
      '{"token:input":"10","token:output":"5","reported_price":"0.0015 USD"}',
      'released',
    ]);
    assert.equal(world.usage[0]?.holds, 'held');
    assert.deepEqual(world.told('step')[0]?.cost, { nano: '1500000', currency: 'USD' });
  });
});
