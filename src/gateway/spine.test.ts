import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testPrincipal } from '../../test/support/test-principal.ts';
import { Cancellation } from '../kernel/cancellation.ts';
import { GatewayError } from '../kernel/errors.ts';
import { JsonBytes } from '../kernel/json-bytes.ts';
import type { McpOutcome, ResultPipe } from '../mcp/message.ts';
import type { Ending } from './ending.ts';
import type { Admitted, Permitted, Routed } from './exchange.ts';
import { withParams, type Filter } from './filter.ts';
import type { ObservedExchange } from './observer.ts';
import { handle, type Hold, type SpineExtensions, type SpineSteps } from './spine.ts';
import { createMeter } from './steps/meter.ts';

const done = (value: object): McpOutcome => ({
  resultType: 'complete',
  result: JsonBytes.fromValue({ ...value }),
});
const pipe = {} as ResultPipe;
const live = { service: { id: 'svc_1', slug: 'one' }, discovery: { era: 'modern' } };

const admitted = {
  principal: testPrincipal(),
  request: { method: 'tools/call', params: { name: 'echo' }, client: { era: 'modern' } },
  io: { cancellation: new Cancellation(), deadlineMs: 0, notified: 0, notify: () => {}, pipe },
  bytesIn: 1,
  sessionId: null,
  startedAtMs: 1_000,
  startedMonotonicMs: performance.now(),
} as unknown as Admitted;

interface World {
  readonly steps: SpineSteps;
  readonly settled: Ending[];
  readonly records: unknown[];
  readonly forwarded: Permitted[];
  readonly observed: { exchange: ObservedExchange; ending: Ending }[];
  readonly extensions: (filters?: readonly Filter[]) => SpineExtensions;
}

function start(change: Partial<SpineSteps> = {}): World {
  const settled: Ending[] = [];
  const records: unknown[] = [];
  const forwarded: Permitted[] = [];
  const observed: World['observed'] = [];
  const observers = [
    {
      observe: (exchange: ObservedExchange, ending: Ending) => observed.push({ exchange, ending }),
    },
  ];
  const append = (record: unknown) => Promise.resolve(void records.push(record));
  const usageLog = { append, drain: () => Promise.resolve(), close: () => Promise.resolve() };
  const hold: Hold = { settle: (ending) => void settled.push(ending) };
  const steps: SpineSteps = {
    route: (one) =>
      ({
        ...one,
        target: { kind: 'upstream', live, params: one.request.params, name: 'echo' },
        attemptId: 'use_1',
        workId: 'use_1',
        resumed: undefined,
      }) as unknown as Routed,
    authorize: (one) => one as Permitted,
    reserve: () => hold,
    meter: createMeter({ usageLog, nodeId: 'node', observers }),
    forward: (one) => {
      forwarded.push(one);
      return Promise.resolve(done({ content: [] }));
    },
    ...change,
  };
  const extensions = (filters: readonly Filter[] = []) => ({ filters, observers });
  return { steps, settled, records, forwarded, observed, extensions };
}

const outcomes = (endings: readonly Ending[]): unknown[] => endings.map(({ outcome }) => outcome);

describe('the spine', () => {
  it('settles the hold with the ending, keeps one record and tells the observers', async () => {
    const { steps, settled, records, observed, extensions } = start();
    await handle(steps, extensions(), admitted);
    assert.deepEqual(outcomes(settled), ['ok']);
    assert.equal(records.length, 1);
    assert.deepEqual(outcomes(observed.map(({ ending }) => ending)), ['ok']);
    assert.equal(observed[0]?.exchange.workId, 'use_1');
  });

  it('waits for a hold that others have a say in', async () => {
    const settled: string[] = [];
    const reserve = async (): Promise<Hold> => {
      await Promise.resolve();
      return {
        settle: async ({ outcome }) => {
          await Promise.resolve();
          settled.push(outcome);
        },
      };
    };
    const { steps, extensions } = start({ reserve });
    await handle(steps, extensions(), admitted);
    assert.deepEqual(settled, ['ok']);
  });

  it('settles what failed on its way, whatever failed', async () => {
    const forward = () => Promise.reject(new GatewayError('upstream_timeout'));
    const failing = start({ forward });
    await assert.rejects(handle(failing.steps, failing.extensions(), admitted), {
      code: 'upstream_timeout',
    });
    assert.deepEqual(outcomes(failing.settled), ['timeout']);
    assert.equal(failing.records.length, 1);
    const usageLog = {
      append: () => Promise.reject(new GatewayError('storage_unavailable')),
      drain: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const full = start({ meter: createMeter({ usageLog, nodeId: 'node', observers: [] }) });
    await assert.rejects(handle(full.steps, full.extensions(), admitted), {
      code: 'storage_unavailable',
    });
    assert.deepEqual(outcomes(full.settled), ['ok'], 'the log failed, not the exchange');
  });

  it('tells the observers of what is refused, which leaves no record', async () => {
    const refuse = (): never => {
      throw new GatewayError('forbidden');
    };
    for (const change of [{ route: refuse }, { authorize: refuse }, { reserve: refuse }]) {
      const { steps, extensions, observed, records, settled } = start(change);
      await assert.rejects(handle(steps, extensions(), admitted), { code: 'forbidden' });
      const [seen] = observed;
      assert.equal(seen?.ending.outcome, 'refused');
      assert.equal((seen.ending.error as GatewayError).code, 'forbidden');
      assert.equal('target' in seen.exchange, !('route' in change));
      assert.deepEqual([records.length, settled.length], [0, 0]);
    }
  });
});

describe('a filter', () => {
  const passing: Filter = {
    concerns: () => true,
    needsWhole: () => false,
    filter: (one, next) => next(one),
  };

  it('may change the request, and replace the result', async () => {
    const { steps, forwarded, extensions } = start();
    const filter: Filter = {
      concerns: () => true,
      needsWhole: () => false,
      filter: async (one, next) => {
        await next(withParams(one, { name: 'echo', arguments: { safe: true } }));
        return done({ replaced: true });
      },
    };
    const outcome = await handle(steps, extensions([passing, filter]), admitted);
    assert.deepEqual((outcome as { result: JsonBytes }).result.value, { replaced: true });
    const { target } = forwarded[0] as Permitted;
    assert.deepEqual('params' in target && target.params, {
      name: 'echo',
      arguments: { safe: true },
    });
  });

  it('gets whole results when it needs them: nothing is piped past it', async () => {
    const whole: Filter = { ...passing, needsWhole: ({ request }) => request.method !== 'x' };
    const piped = start();
    await handle(piped.steps, piped.extensions([passing]), admitted);
    assert.equal(piped.forwarded[0]?.io.pipe, pipe);
    const kept = start();
    await handle(kept.steps, kept.extensions([passing, whole]), admitted);
    assert.equal(kept.forwarded[0]?.io.pipe, undefined);
    assert.equal(kept.forwarded[0]?.io.cancellation, admitted.io.cancellation);
  });

  it('may refuse: what it throws is the ending', async () => {
    const { steps, forwarded, settled, extensions } = start();
    const filter: Filter = {
      concerns: () => true,
      needsWhole: () => false,
      filter: () => Promise.reject(new GatewayError('forbidden', 'Not on a Friday.')),
    };
    const refused = handle(steps, extensions([filter]), admitted);
    await assert.rejects(refused, { message: 'Not on a Friday.' });
    assert.equal(forwarded.length, 0);
    assert.deepEqual(outcomes(settled), ['rejected']);
  });
});
