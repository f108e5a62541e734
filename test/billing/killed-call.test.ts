import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/kernel/json.ts';
import { chargesOf, subscribe, until, untilPriced, usageOf } from '../support/billed-gateway.ts';
import { modernBody, modernHeaders, register } from '../chaos/support/gateway-calls.ts';
import { GatewayProcess } from '../chaos/support/gateway-process.ts';
import { ScriptedUpstream } from '../chaos/support/scripted-upstream.ts';
import { ruleOf } from '../support/billing-world.ts';

const KEY = 'the-purchase';
const WAITS = 200;

const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' });
const held = { ...perCall, holdMaximum: '1' };
const cases = [
  { name: 'of a tool that somebody is paid for', rule: held, environment: {} },
  {
    name: 'of any tool where records are strict',
    rule: perCall,
    environment: { MCP_GATEWAY_METERING_DURABILITY: 'strict' },
  },
];

for (const { name, rule, environment } of cases) {
  test(`a call ${name} is killed on its way and made again: one charge`, async () => {
    await using upstream = await ScriptedUpstream.start();
    await using gateway = await GatewayProcess.start(environment);
    gateway.extra = environment;
    await register(gateway, 'shop', 'mcp-http', { url: upstream.url, era: 'modern' });
    await subscribe(gateway, [rule]);
    await untilPriced(gateway);
    upstream.behaviour = 'silent';
    const cut = call(gateway).catch(() => undefined);
    for (let left = WAITS; upstream.calls === 0 && left > 0; left--) await sleep(50);
    assert.equal(upstream.calls, 1);
    await gateway.kill();
    await cut;
    upstream.behaviour = 'healthy';
    await gateway.start();
    await untilPriced(gateway);
    const answer = await call(gateway);
    assert.equal(answer.status, 200, await answer.text());
    const wanted = ['ok', 'unknown_crash'];
    const records = await until(() => usageOf(gateway), wanted.length);
    assert.deepEqual(records.map(outcomeOf).toSorted(), wanted);
    assert.equal(new Set(records.map(({ chargeKey }) => chargeKey)).size, 1);
    assert.equal(new Set(records.map(({ id }) => id)).size, wanted.length);
    for (const { outcome, upstreamCalled, bytesOut } of records) {
      assert.equal(upstreamCalled, true);
      if (outcome === 'unknown_crash') assert.equal(bytesOut, 0);
    }
    const charges = await until(() => chargesOf(gateway), 1);
    assert.deepEqual(
      charges.map(({ ruleId, usageId }) => [ruleId, usageId]),
      [['call', records.find(({ outcome }) => outcome === 'ok')?.['id']]],
    );
  });
}

function call({ url, apiKey }: GatewayProcess): Promise<Response> {
  const params = { name: 'echo', arguments: {} };
  const headers = new Headers(modernHeaders(apiKey, 'tools/call', 'echo'));
  headers.set('idempotency-key', KEY);
  return fetch(`${url}/mcp/shop`, {
    method: 'POST',
    headers,
    body: modernBody('tools/call', params),
    signal: AbortSignal.timeout(20_000),
  });
}

function outcomeOf({ outcome }: JsonObject): string {
  return typeof outcome === 'string' ? outcome : '';
}
