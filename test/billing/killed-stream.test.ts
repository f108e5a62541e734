import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { modernBody, modernHeaders, register } from '../chaos/support/gateway-calls.ts';
import { GatewayProcess } from '../chaos/support/gateway-process.ts';
import { ScriptedUpstream } from '../chaos/support/scripted-upstream.ts';
import { chargesOf, subscribe, until, untilPriced, usageOf } from '../support/billed-gateway.ts';
import { ruleOf } from '../support/billing-world.ts';

const EVERY_SECOND = { MCP_GATEWAY_METERING_HEARTBEAT_SECONDS: '1' };
const CALL = 'tools/call';
const LISTEN = 'subscriptions/listen';

const rules = [
  ruleOf('call', 'call', { model: 'unit', unitAmount: '5' }),
  ruleOf('time', 'millisecond', { model: 'unit', unitAmount: '0.001' }),
  ruleOf('events', 'event', { model: 'unit', unitAmount: '2' }),
  ruleOf('stream', 'stream_minute', { model: 'unit', unitAmount: '60' }),
];

test('a gateway is killed while streams flow: their parts are charged once', async () => {
  await using upstream = await ScriptedUpstream.start();
  await using gateway = await GatewayProcess.start(EVERY_SECOND);
  gateway.extra = EVERY_SECOND;
  await register(gateway, 'shop', 'mcp-http', { url: upstream.url, era: 'modern' });
  await subscribe(gateway, rules);
  await untilPriced(gateway);
  upstream.behaviour = 'chatty';
  const stream = await open(gateway, CALL, { name: 'work', arguments: {} });
  const notifications = { toolsListChanged: true };
  const listening = await open(gateway, LISTEN, { notifications });
  const reading = [drained(stream), drained(listening)];
  await until(() => usageOf(gateway), 2);
  await until(() => usageOf(gateway, LISTEN), 1);
  await gateway.kill();
  await Promise.all(reading);
  await gateway.start();
  await untilPriced(gateway);
  const isClosed = async (method: string): Promise<readonly JsonObject[]> =>
    (await usageOf(gateway, method)).filter(({ outcome }) => outcome === 'unknown_crash');
  for (const method of [CALL, LISTEN]) {
    const [closing, ...more] = await until(() => isClosed(method), 1);
    assert.deepEqual(more, []);
    const parts = (await usageOf(gateway, method)).filter(({ outcome }) => outcome === 'part');
    assert.ok(parts.length >= 1);
    const own = closing?.['part'] as string;
    const { of, number, durationMs } = JSON.parse(own) as Readonly<Record<string, unknown>>;
    assert.deepEqual([of, number], [closing?.['id'], parts.length + 1]);
    const used = parts.reduce((sum, part) => sum + microsOf(part), 0);
    assert.equal(used, Math.round(Number(durationMs) * 1000));
    assert.equal(closing?.['durationMs'], 0);
    await chargedOnce(gateway, method === CALL ? 'time' : 'stream', parts);
  }
  const charges = await chargesOf(gateway);
  assert.deepEqual(amountsOf(charges, 'call'), [], 'a call that did not end is no call');
  assert.deepEqual(amountsOf(charges, 'events'), ['2.00'], 'one event was sent');
});

test('a stream that its client ends is charged for its parts and for the rest', async () => {
  await using upstream = await ScriptedUpstream.start();
  await using gateway = await GatewayProcess.start(EVERY_SECOND);
  await register(gateway, 'shop', 'mcp-http', { url: upstream.url, era: 'modern' });
  await subscribe(gateway, rules);
  await untilPriced(gateway);
  upstream.behaviour = 'chatty';
  const leaving = new AbortController();
  const stream = await open(gateway, CALL, { name: 'work', arguments: {} }, leaving.signal);
  const reading = drained(stream);
  const before = await until(() => usageOf(gateway), 1);
  leaving.abort();
  await reading;
  const records = await until(() => usageOf(gateway), before.length + 1);
  const last = records.filter(({ outcome }) => outcome !== 'part');
  assert.deepEqual(
    last.map(({ outcome }) => outcome),
    ['cancelled'],
  );
  await chargedOnce(gateway, 'time', records);
});

/** Every record was charged by a rule once, for the time that it says. */
async function chargedOnce(
  gateway: GatewayProcess,
  rule: string,
  records: readonly JsonObject[],
): Promise<void> {
  const ofRule = async (): Promise<readonly JsonObject[]> =>
    (await chargesOf(gateway)).filter(({ ruleId }) => ruleId === rule);
  const charges = await until(ofRule, records.length);
  assert.equal(charges.length, records.length);
  for (const record of records) {
    const own = charges.filter(({ usageId }) => usageId === record['id']);
    assert.equal(own.length, 1);
  }
  const nano = charges.reduce((sum, { amount }) => sum + nanoOf(amount), 0n);
  const micros = records.reduce((sum, record) => sum + microsOf(record), 0);
  // Both rules cost a thousandth for a millisecond.
  assert.equal(nano, BigInt(micros) * 1_000n);
}

function open(
  { url, apiKey }: GatewayProcess,
  method: string,
  params: JsonObject,
  signal: AbortSignal = AbortSignal.timeout(50_000),
): Promise<Response> {
  const name = typeof params['name'] === 'string' ? params['name'] : undefined;
  return fetch(`${url}/mcp/shop`, {
    method: 'POST',
    headers: modernHeaders(apiKey, method, name),
    body: modernBody(method, params),
    signal,
  });
}

/** Reads until the stream ends or breaks off. */
async function drained(stream: Response): Promise<void> {
  await stream.text().catch(() => '');
}

function amountsOf(charges: readonly JsonObject[], rule: string): readonly unknown[] {
  return charges.filter(({ ruleId }) => ruleId === rule).map(({ amount }) => amount);
}

const microsOf = ({ durationMs }: JsonObject): number => Math.round(Number(durationMs) * 1000);

function nanoOf(amount: unknown): bigint {
  const [whole = '0', rest = ''] = String(amount).split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(rest.padEnd(9, '0'));
}
