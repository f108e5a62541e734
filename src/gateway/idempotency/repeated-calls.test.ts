import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { takesTasks } from '../../mcp/tasks-extension.ts';
import type { Admitted, Permitted } from '../exchange.ts';
import { IDEMPOTENCY_META, isKeyedWork, keyedWorkId } from './idempotency-key.ts';
import { RepeatedCalls } from './repeated-calls.ts';

const admitted = (key: unknown, header?: string, method = 'tools/call'): Admitted =>
  ({
    principal: testPrincipal(),
    request: { method, params: { name: 'buy', _meta: { [IDEMPOTENCY_META]: key } } },
    headers: { 'idempotency-key': header },
  }) as unknown as Admitted;

const live = { service: { id: 'svc_1' } };
const client = { era: 'modern', capabilities: takesTasks };

function call(args: JsonObject, workId = 'idem_a'): Permitted {
  const params = { name: 'buy', arguments: args, _meta: { attempt: Math.random() } };
  return {
    request: { method: 'tools/call', params, client },
    target: { kind: 'upstream', live, params },
    workId,
    io: { cancellation: new Cancellation() },
  } as unknown as Permitted;
}

const done = (value: JsonObject): McpOutcome => ({
  resultType: 'complete',
  result: JsonBytes.fromValue(value),
});

/** Filters calls to a service that answers when it is let, and counts what reached it. */
function start(now = { ms: 0 }) {
  const { filter } = new RepeatedCalls(() => now.ms);
  const waiting: PromiseWithResolvers<McpOutcome>[] = [];
  const send = (permitted: Permitted): Promise<McpOutcome> =>
    filter.filter(permitted, () => {
      const next = Promise.withResolvers<McpOutcome>();
      waiting.push(next);
      return next.promise;
    });
  return { filter, send, waiting };
}

const task = (taskId: string, ttlMs: number | null): McpOutcome => {
  const result = JsonBytes.fromValue({ resultType: 'task', taskId, ttlMs });
  return { resultType: 'extension', result, task: `gateway:${taskId}` } as McpOutcome;
};

const textOf = (outcome: McpOutcome): unknown =>
  outcome.resultType === 'complete' ? [outcome.result.value, outcome.isReplayed] : outcome;

describe('an idempotency key', () => {
  it('makes one work of all requests of a grant that have it, in _meta or as a header', () => {
    const work = keyedWorkId(admitted('order-7'));
    assert.ok(work !== undefined && isKeyedWork(work));
    assert.equal(keyedWorkId(admitted(undefined, 'order-7')), work);
    assert.equal(keyedWorkId(admitted(undefined, '"order-7"')), work);
    assert.notEqual(keyedWorkId(admitted('order-8')), work);
    const other = { ...admitted('order-7'), principal: { ...testPrincipal(), grantId: 'key_2' } };
    assert.notEqual(keyedWorkId(other), work);
  });

  it('is nothing to requests that buy nothing, and absent from most', () => {
    assert.equal(keyedWorkId(admitted(undefined)), undefined);
    assert.equal(keyedWorkId(admitted('k', undefined, 'tools/list')), undefined);
  });

  it('is refused when it is no key, by the name under which it came', () => {
    const longest = 'k'.repeat(limits.idempotencyKeyLengthMax);
    assert.ok(keyedWorkId(admitted(longest)) !== undefined);
    for (const wrong of [7, '', 'a b', 'ä', `${longest}k`]) {
      assert.throws(() => keyedWorkId(admitted(wrong)), /_meta\["mcp-gateway\/idempotencyKey"\]/);
    }
    assert.throws(() => keyedWorkId(admitted(undefined, 'a b')), /Idempotency-Key \(or/);
  });
});

describe('a call that is made again', () => {
  it('is told by its key; a question about its task is none, though it is the same work', () => {
    const { filter } = start();
    assert.equal(filter.concerns(call({})), true);
    assert.equal(filter.concerns(call({}, 'use_1')), false);
    const asked = { ...call({}), request: { method: 'tasks/get' } } as unknown as Permitted;
    assert.equal(filter.concerns(asked), false);
  });

  it('waits for the one that is under way, and is answered with its result later', async () => {
    const { send, waiting } = start();
    const calls = [send(call({ n: 1 })), send(call({ n: 1 })), send(call({ n: 1 }))];
    assert.equal(waiting.length, 1);
    waiting[0]?.resolve(done({ ok: 1 }));
    const outcomes = await Promise.all(calls);
    assert.deepEqual(outcomes.map(textOf), [
      [{ ok: 1 }, undefined],
      [{ ok: 1 }, true],
      [{ ok: 1 }, true],
    ]);
    assert.deepEqual(textOf(await send(call({ n: 1 }))), [{ ok: 1 }, true]);
    assert.equal(waiting.length, 1);
  });

  it('is answered with the task that the first became, for as long as that is there', async () => {
    const now = { ms: 0 };
    const { send, waiting } = start(now);
    const [first, beside] = [send(call({})), send(call({}))];
    waiting[0]?.resolve(task('t1', 500));
    assert.equal((await first).resultType, 'extension');
    for (const outcome of [await beside, await send(call({}))]) {
      assert.ok(outcome.resultType === 'extension' && outcome.isReplayed === true);
      assert.equal(outcome.result.member('taskId'), 't1');
      assert.ok(!('task' in outcome), 'it opens no second account');
    }
    await assert.rejects(send(call({ other: true })), { code: 'conflict' });
    const takesNone = call({});
    const none = { ...takesNone, request: { ...takesNone.request, client: { era: 'legacy' } } };
    await assert.rejects(send(none as unknown as Permitted), { code: 'missing_capability' });
    assert.equal(waiting.length, 1);
    now.ms = 500;
    const again = send(call({}));
    assert.equal(waiting.length, 2, 'the task is gone');
    waiting[1]?.resolve(task('t2', null));
    await again;
    now.ms = limits.repeatedResultMs + 499;
    await send(call({}));
    assert.equal(waiting.length, 2);
  });

  it('is refused with other arguments, while the first runs and afterwards', async () => {
    const { send, waiting } = start();
    const first = send(call({ n: 1 }));
    await assert.rejects(send(call({ n: 2 })), { code: 'conflict' });
    waiting[0]?.resolve(done({}));
    await first;
    await assert.rejects(send(call({ n: 2 })), { code: 'conflict' });
    assert.equal(waiting.length, 1);
  });

  it('runs again after what failed, was refused by its tool, or asks for input', async () => {
    const { send, waiting } = start();
    const endings: ((to: PromiseWithResolvers<McpOutcome> | undefined) => void)[] = [
      (to) => to?.reject(new GatewayError('upstream_timeout')),
      (to) => to?.resolve(done({ isError: true })),
      (to) => to?.resolve({ resultType: 'input_required', requestState: 's' }),
    ];
    for (const [index, end] of endings.entries()) {
      const [one, two] = [send(call({})), send(call({}))];
      end(waiting[index * 2]);
      await one.catch(() => {});
      await new Promise(setImmediate);
      assert.equal(waiting.length, index * 2 + 2, 'the one that waited runs itself');
      end(waiting[index * 2 + 1]);
      await two.catch(() => {});
    }
  });

  it('does not end because the first one is cut, nor cut the first one', async () => {
    const { send, waiting } = start();
    const first = send(call({}));
    const gone = call({});
    const second = send(gone);
    gone.io.cancellation.cancel('client_gone');
    await assert.rejects(second, { code: 'cancelled' });
    waiting[0]?.resolve(done({ ok: 1 }));
    assert.deepEqual(textOf(await first), [{ ok: 1 }, undefined]);
  });

  it('runs again once its result is older than repeatedResultMs', async () => {
    const now = { ms: 0 };
    const { send, waiting } = start(now);
    const first = send(call({}));
    waiting[0]?.resolve(done({}));
    await first;
    now.ms = limits.repeatedResultMs - 1;
    await send(call({}));
    assert.equal(waiting.length, 1);
    now.ms++;
    const again = send(call({ other: true }));
    assert.equal(waiting.length, 2);
    waiting[1]?.resolve(done({}));
    await again;
  });

  it('keeps repeatedResultsMax results, and none beyond repeatedResultBytesMax', async () => {
    const { filter } = new RepeatedCalls(() => 0);
    let ran = 0;
    const send = (workId: string, text = '') =>
      filter.filter(call({}, workId), () => {
        ran++;
        return Promise.resolve(done({ text }));
      });
    for (let number = 0; number <= limits.repeatedResultsMax; number++)
      await send(`idem_${number}`);
    ran = 0;
    await send('idem_1');
    assert.equal(ran, 0);
    await send('idem_0');
    assert.equal(ran, 1);
    const rest = JSON.stringify({ text: '' }).length;
    const largest = 'x'.repeat(limits.repeatedResultBytesMax - rest);
    await send('idem_large', largest);
    await send('idem_large', largest);
    assert.equal(ran, 2);
    await send('idem_larger', `${largest}x`);
    await send('idem_larger', `${largest}x`);
    assert.equal(ran, 4);
    const places = limits.repeatedResultsBytesMax / limits.repeatedResultBytesMax;
    for (let number = 0; number < places; number++) await send(`idem_l${number}`, largest);
    ran = 0;
    await send('idem_large', largest);
    assert.equal(ran, 1, 'the oldest went when the bytes were used up');
  });
});
