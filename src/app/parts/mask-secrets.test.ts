import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { callerOf } from '../../upstream/upstream.ts';
import { StartFailure } from '../../upstream/start-failure.ts';
import { maskSecrets } from './mask-secrets.ts';
import { SentSecrets } from './sent-secrets.ts';

const SECRET = 'hunter2-"quoted"';

test('errors and results do not repeat what an upstream was sent', async () => {
  const answers: Record<string, () => ReturnType<typeof complete>> = {
    result: () => complete({ text: `Bearer ${SECRET}!`, short: 'abc' }),
    other: () => complete({ text: 'abc' }),
    rpc: () => {
      throw new RpcError(-1, `no ${SECRET}`, { sent: [SECRET] });
    },
    own: () => {
      throw new GatewayError('upstream_failed', `no ${SECRET}`);
    },
    basic: () => complete({ text: `Basic ${btoa(`user:${SECRET}`)} Basic ${btoa('abc:defg')}` }),
    plain: () => {
      throw new RpcError(-1, 'no');
    },
  };
  const sent = new SentSecrets();
  const upstream = maskSecrets(new FakeUpstream(answers), sent);
  const caller = callerOf('ten_1', 'grant');
  const ask = (method: string) => upstream.request({ method, caller } as never, {} as never);
  // Many secrets are read when the first request needs them.
  for (const secret of [SECRET, 'abc']) sent.add(secret);
  const outcome = await ask('result');
  assert.ok(outcome.resultType === 'complete');
  assert.deepEqual(outcome.result.value, { text: 'Bearer ***!', short: 'abc' });
  const basic = await ask('basic');
  assert.ok(basic.resultType === 'complete');
  assert.deepEqual(basic.result.value, { text: `Basic *** Basic ${btoa('abc:defg')}` });
  await assert.rejects(ask('rpc'), { message: 'no ***', data: { sent: ['***'] }, rpcCode: -1 });
  await assert.rejects(ask('own'), { message: 'no ***', code: 'upstream_failed' });
  await assert.rejects(ask('plain'), { message: 'no' });
});

test('a token that a request was given is hidden, and the newest are kept', async () => {
  const sent = new SentSecrets();
  const fake = new FakeUpstream({ call: () => complete({ text: 'got token-of-ada' }) });
  const upstream = maskSecrets(
    {
      discover: () => fake.discover(),
      listen: (...given) => fake.listen(...given),
      [Symbol.asyncDispose]: () => Promise.resolve(),
      request: async (request, io) => {
        await request.caller.credential('bearer');
        return await fake.request(request, io);
      },
    },
    sent,
  );
  const credential = () => Promise.resolve('token-of-ada');
  const caller = { ...callerOf('ten_1', 'grant'), credential };
  const outcome = await upstream.request({ method: 'call', caller } as never, {} as never);
  assert.ok(outcome.resultType === 'complete');
  assert.deepEqual(outcome.result.value, { text: 'got ***' });
  for (let number = 0; number < 300; number++) sent.addToken(`token-${number + 1_000}`);
  assert.equal(sent.masks.length, 256);
  assert.ok(!sent.masks.includes('token-of-ada') && sent.masks.includes('token-1299'));
});

test('what a program wrote before it failed repeats no secret either', async () => {
  const sent = new SentSecrets();
  const own = new FakeUpstream({});
  const said = new StartFailure('upstream_failed', 'It ended.', `bad key ${SECRET}\nbye`);
  own.discover = () => Promise.reject(said);
  const upstream = maskSecrets(own, sent);
  sent.add(SECRET);
  const { signal } = new AbortController();
  const error = await upstream.discover(signal).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof StartFailure);
  assert.equal(error.output, 'bad key ***\nbye');
  assert.equal(error.detail, 'It ended. It wrote last: bad key ***\nbye');
});
