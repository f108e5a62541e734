import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { raceAddresses } from './race-addresses.ts';

const turns = async (): Promise<void> => {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
};

/** A race over addresses of which none says anything by itself, on a clock that stands. */
function racing(context: TestContext, addresses: readonly string[]) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const tried: string[] = [];
  const lines = new Map<string, PromiseWithResolvers<void>>();
  const start = (address: string) => {
    tried.push(address);
    const line = Promise.withResolvers<void>();
    lines.set(address, line);
    return { address, connected: line.promise };
  };
  const won = raceAddresses(addresses, start, (cause) => new Error(`none: ${String(cause)}`));
  won.catch(() => {});
  return {
    tried,
    won,
    lines,
    pass: async (ms: number) => {
      await turns();
      context.mock.timers.tick(ms);
      await turns();
    },
  };
}

test('one that hangs is joined by the next after 250 ms, and not before', async (context) => {
  const { tried, won, lines, pass } = racing(context, ['a', 'b', 'c']);
  await pass(249);
  assert.deepEqual(tried, ['a']);
  await pass(1);
  assert.deepEqual(tried, ['a', 'b']);
  await pass(249);
  assert.deepEqual(tried, ['a', 'b']);
  lines.get('b')?.resolve();
  assert.equal((await won).address, 'b');
  await pass(1_000);
  assert.deepEqual(tried, ['a', 'b'], 'nothing is tried after one has answered');
});

test('one that fails is followed at once; the slow first may still win', async (context) => {
  const { tried, won, lines, pass } = racing(context, ['a', 'b', 'c']);
  await pass(250);
  lines.get('b')?.reject(new Error('refused'));
  await turns();
  assert.deepEqual(tried, ['a', 'b', 'c']);
  lines.get('a')?.resolve();
  assert.equal((await won).address, 'a');
});

test('when none answers the last failure is told', async (context) => {
  const { won, lines } = racing(context, ['a', 'b']);
  lines.get('a')?.reject('first');
  await turns();
  lines.get('b')?.reject('second');
  await assert.rejects(won, { message: 'none: second' });
});
