import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { callApi, modernBody, modernHeaders, register } from '../../chaos/support/gateway-calls.ts';
import { GatewayProcess } from '../../chaos/support/gateway-process.ts';
import { ScriptedUpstream } from '../../chaos/support/scripted-upstream.ts';
import { chargesOf, subscribe, until, untilPriced } from '../../support/billed-gateway.ts';
import { ruleOf } from '../../support/billing-world.ts';
import { CREDENTIAL, startStripe } from './vendors.ts';

const CALLS = 6;
/** Looks of a fifth of a second: a lease of a process that was killed has to run out first. */
const WAITS = 500;

test(
  'a gateway is killed after Stripe took charges and before it notes so: each once',
  {
    timeout: 240_000,
  },
  async () => {
    await using upstream = await ScriptedUpstream.start();
    await using vendor = await startStripe(Date.now);
    await using gateway = await GatewayProcess.start();
    upstream.behaviour = 'healthy';
    await register(gateway, 'shop', 'mcp-http', { url: upstream.url, era: 'modern' });
    await subscribe(gateway, [ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' })]);
    await untilPriced(gateway);
    // What it is about to take is the last thing that this process sees.
    const kills: Promise<void>[] = [];
    vendor.standIn.faultOf = () => {
      if (kills.length > 0) return 'none';
      kills.push(gateway.kill());
      return 'cut_after';
    };
    const wanted = { name: 'Stripe', settings: vendor.settings as unknown as JsonObject };
    const exporters = '/api/v1/billing/exporters';
    const body = { ...wanted, credential: CREDENTIAL };
    const made = await callApi(gateway, 'POST', exporters, body);
    const { id } = made as { readonly id: string };
    const path = `${exporters}/${id}`;
    await Promise.allSettled(Array.from({ length: CALLS }, () => call(gateway)));
    await untilTrue(() => Promise.resolve(kills.length > 0));
    await Promise.all(kills);
    assert.ok(vendor.counted.ids.size > 0, 'it took something');
    await gateway.start();
    await untilPriced(gateway);
    const charges = await until(() => chargesOf(gateway), 1);
    const { length } = charges.filter(({ ruleId }) => ruleId === 'call');
    await untilTrue(async () => (await callApi(gateway, 'GET', path))['exported'] === length);
    assert.equal(vendor.counted.ids.size, length);
    assert.deepEqual(new Set(vendor.counted.ids.values()), new Set([1]));
    assert.deepEqual((await callApi(gateway, 'GET', `${path}/refused`))['refused'], []);
  },
);

async function untilTrue(look: () => Promise<boolean>): Promise<void> {
  for (let left = WAITS; left > 0; left--) {
    if (await look()) return;
    await sleep(200);
  }
  assert.fail('it never came to that');
}

async function call({ url, apiKey }: GatewayProcess): Promise<void> {
  const answer = await fetch(`${url}/mcp/shop`, {
    method: 'POST',
    headers: modernHeaders(apiKey, 'tools/call', 'echo'),
    body: modernBody('tools/call', { name: 'echo', arguments: {} }),
    signal: AbortSignal.timeout(20_000),
  });
  await answer.arrayBuffer();
}
