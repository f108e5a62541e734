import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complete, FakeUpstream } from '../../test/support/fake-upstream.ts';
import { abortable } from '../kernel/cancellable.ts';
import { cancelError } from '../kernel/cancellation.ts';
import { errorRegistry, type GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import { tenantId } from '../kernel/principal.ts';
import { StartFailure } from '../upstream/start-failure.ts';
import type { UpstreamChange } from '../upstream/contract.ts';
import { ServiceRuntime } from './service-runtime.ts';
import type { Service } from './store.ts';

const service: Service = {
  id: 'svc_1',
  tenant: tenantId('ten_1'),
  slug: '',
  kind: 'mcp-stdio',
  title: 'Mute',
  enabled: true,
  config: {},
  createdAtMs: 0,
  updatedAtMs: 0,
  version: 1,
};

const runtimeOf = (upstream: FakeUpstream): ServiceRuntime =>
  new ServiceRuntime(service, {
    log: silentLog,
    open: () => Promise.resolve(upstream),
    listsChanged: () => {},
    resourceUpdated: () => {},
  });

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a service that takes a question and never answers', () => {
  it('is named with what it was asked, as an upstream that is too slow', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const upstream = new FakeUpstream({});
    upstream.discover = ((signal: AbortSignal) =>
      abortable(new Promise(() => {}), signal)) as never;
    const live = runtimeOf(upstream);
    const started = live.start().catch((error: unknown) => error);
    await turn();
    test.mock.timers.tick(limits.discoverMs);
    const error = (await started) as GatewayError;
    assert.equal(error.code, 'upstream_timeout');
    assert.equal(errorRegistry[error.code].retryable, true);
    assert.equal(
      error.message,
      'The service Mute did not say what it is within 30 s (phase: discovery).',
    );
    await live[Symbol.asyncDispose]();
  });

  it('also when it is silent about its lists', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const upstream = new FakeUpstream({
      'tools/list': (_, { cancellation }) =>
        new Promise((_resolve, reject) => {
          cancellation.onCancel((reason) => reject(cancelError(reason)));
        }),
    });
    const live = runtimeOf(upstream);
    const started = live.start().catch((error: unknown) => error);
    await turn();
    await turn();
    test.mock.timers.tick(limits.discoverMs);
    const error = (await started) as GatewayError;
    assert.equal(error.code, 'upstream_timeout');
    assert.match(error.message, /^The service Mute did not list what it has .*\(phase: lists\)/);
    await live[Symbol.asyncDispose]();
  });

  it('but one that is removed meanwhile was not too slow', async () => {
    const life = new AbortController();
    const waiting = abortable(new Promise(() => {}), life.signal);
    life.abort();
    await assert.rejects(waiting, { code: 'cancelled' });
  });
});

describe('a program that fails at start', () => {
  it('is shown with its last lines to the administrator, not to callers', async () => {
    const upstream = new FakeUpstream({});
    upstream.discover = () =>
      Promise.reject(new StartFailure('upstream_failed', 'It ended with code 1.', 'no such key'));
    const live = runtimeOf(upstream);
    await assert.rejects(live.start(), { message: 'It ended with code 1.' });
    assert.equal(live.health.lastError, 'It ended with code 1. It wrote last: no such key');
    assert.throws(
      () => live.upstream,
      (error: Error) => error.message.includes('code 1') && !error.message.includes('key'),
    );
    await live[Symbol.asyncDispose]();
  });
});

describe('a change that is announced while a service is opened anew', () => {
  it('is no fault: everything is read once it is open', async () => {
    const logged: unknown[] = [];
    let announce = (_change: UpstreamChange): void => {};
    const waits: { opening?: Promise<void>; reading?: Promise<void> } = {};
    const live = new ServiceRuntime(service, {
      log: { ...silentLog, warn: (fields: unknown) => void logged.push(fields) },
      open: async (_service, _signal, changed) => {
        announce = changed;
        await waits.opening;
        const list = async () => {
          await waits.reading;
          return complete({ tools: [] });
        };
        return new FakeUpstream({ 'tools/list': list }, { tools: {} });
      },
      listsChanged: () => {},
      resourceUpdated: () => {},
    });
    await live.start();
    let open = (): void => {};
    let read = (): void => {};
    waits.reading = new Promise((resolve) => (read = resolve));
    waits.opening = new Promise((resolve) => (open = resolve));
    announce({ kind: 'lists', lists: ['tools'] });
    announce({ kind: 'lists', lists: ['tools'] });
    await turn();
    const restarted = live.start();
    await turn();
    read();
    for (let turns = 0; turns < 5; turns++) await turn();
    open();
    await restarted;
    assert.deepEqual(logged, []);
    assert.equal(live.health.lastError, null);
    await live[Symbol.asyncDispose]();
  });
});
