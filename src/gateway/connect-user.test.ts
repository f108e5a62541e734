import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testPrincipal } from '../../test/support/test-principal.ts';
import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { ConnectionNeeded } from '../kernel/oauth/upstream-oauth.ts';
import { askToConnect, backFromConnecting, type UserConnections } from './connect-user.ts';
import type { Permitted, UpstreamTarget } from './exchange.ts';

const need = new ConnectionNeeded('This needs your account at Calendar.');
const listing = { tools: [{ name: 'known' }], prompts: [], resources: [], templates: [] };
const live = {
  service: { id: 'svc_1', slug: 'calendar', title: 'Calendar' },
  listing,
} as unknown as ServiceRuntime;

const begun: string[] = [];
const connections: UserConnections = {
  account: () => Promise.resolve('con_1'),
  begin: ({ subject }) => {
    begun.push(subject.id);
    return Promise.resolve({ url: 'https://gw.example/connect/x' });
  },
  waitForChange: (_principal, _service, account) => {
    begun.push(`waited for ${account}`);
    return Promise.resolve();
  },
};

const permitted = (method: string, capabilities: JsonObject): Permitted =>
  ({
    principal: testPrincipal({ user: 'usr_1' }),
    request: { method, client: { era: 'modern', capabilities } },
  }) as unknown as Permitted;
const target = (params: JsonObject = {}): UpstreamTarget => ({
  kind: 'upstream',
  live,
  params,
  name: null,
});
const takesUrls = { elicitation: { url: {} } };
const ask = (method: string, capabilities: JsonObject, round?: number) =>
  askToConnect(
    need,
    permitted(method, capabilities),
    target(),
    connections,
    round === undefined ? undefined : { round, account: '' },
  );

describe('a user without an account', () => {
  test('is asked to open an address, when the client takes such questions', async () => {
    const outcome = await ask('tools/call', takesUrls);
    assert.equal(outcome.resultType, 'input_required');
    assert.ok(outcome.resultType === 'input_required');
    const params = outcome.inputRequests?.['connect']?.['params'] as JsonObject;
    assert.deepEqual([params['mode'], params['url']], ['url', 'https://gw.example/connect/x']);
    assert.deepEqual(JSON.parse(outcome.requestState ?? ''), { round: 1, account: 'con_1' });
  });

  test('is told the address in an error otherwise', async () => {
    for (const capabilities of [{}, { elicitation: {} }, { elicitation: { form: {} } }]) {
      await assert.rejects(ask('tools/call', capabilities), (error: Error & { data?: unknown }) => {
        assert.match(
          error.message,
          /Open this address in a browser: https:\/\/gw\.example\/connect\/x/,
        );
        assert.deepEqual(error.data, { url: 'https://gw.example/connect/x', service: 'calendar' });
        return true;
      });
    }
    await assert.rejects(ask('completion/complete', takesUrls), { code: 'connection_required' });
  });

  test('sees the lists as they are known', async () => {
    const outcome = await ask('tools/list', {});
    assert.ok(outcome.resultType === 'complete');
    assert.deepEqual(outcome.result.value['tools'], [{ name: 'known' }]);
  });

  test('is asked connectRoundsMax times, not once more', async () => {
    const last = await ask('tools/call', takesUrls, limits.connectRoundsMax - 1);
    assert.equal(last.resultType, 'input_required');
    await assert.rejects(ask('tools/call', takesUrls, limits.connectRoundsMax), need);
  });

  test('who says no gets a result that says so, and nobody waits', async () => {
    begun.length = 0;
    const back = (action: string, method = 'tools/call') =>
      backFromConnecting(
        permitted(method, takesUrls),
        target({ inputResponses: { connect: { action } } }),
        connections,
        { round: 1, account: 'con_1' },
      );
    for (const action of ['decline', 'cancel']) {
      assert.equal((await back(action))?.result.value['isError'], true);
    }
    await assert.rejects(back('decline', 'prompts/get'), { rpcCode: -32603 });
    assert.deepEqual(begun, []);
    assert.equal(await back('accept'), undefined);
    assert.deepEqual(begun, ['waited for con_1']);
  });
});
