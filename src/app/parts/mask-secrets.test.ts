import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { maskSecrets } from './mask-secrets.ts';

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
    plain: () => {
      throw new RpcError(-1, 'no');
    },
  };
  const upstream = maskSecrets(new FakeUpstream(answers), new Set([SECRET, 'abc']));
  const ask = (method: string) => upstream.request({ method } as never, {} as never);
  const outcome = await ask('result');
  assert.ok(outcome.resultType === 'complete');
  assert.deepEqual(outcome.result.value, { text: 'Bearer ***!', short: 'abc' });
  await assert.rejects(ask('rpc'), { message: 'no ***', data: { sent: ['***'] }, rpcCode: -1 });
  await assert.rejects(ask('own'), { message: 'no ***', code: 'upstream_failed' });
  await assert.rejects(ask('plain'), { message: 'no' });
});

test('an upstream that was sent no secret is left as it is', () => {
  const upstream = new FakeUpstream({});
  assert.equal(maskSecrets(upstream, new Set(['short'])), upstream);
});
