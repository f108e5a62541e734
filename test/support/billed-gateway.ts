import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanTerms } from '../../src/billing/store.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { callApi, modernBody, modernHeaders } from '../chaos/support/gateway-calls.ts';
import type { GatewayProcess } from '../chaos/support/gateway-process.ts';
import { termsOf } from './billing-world.ts';

const WAITS = 200;

/** The service is opened and the plan is read in the background; then tools have prices. */
export async function untilPriced({ url, apiKey }: GatewayProcess): Promise<void> {
  for (let left = WAITS; left > 0; left--) {
    const answer = await fetch(`${url}/mcp/shop`, {
      method: 'POST',
      headers: modernHeaders(apiKey, 'tools/list'),
      body: modernBody('tools/list', {}),
      signal: AbortSignal.timeout(20_000),
    });
    if ((await answer.text()).includes('mcp-gateway/price')) return;
    await sleep(50);
  }
  assert.fail('the tools have no prices');
}

/** Puts the first tenant on a plan of these rules, whose prices are shown. */
export async function subscribe(gateway: GatewayProcess, rules: PlanTerms['rules']): Promise<void> {
  const plans = '/api/v1/billing/plans';
  const made = async (path: string, body: JsonObject): Promise<string> => {
    const { id } = (await callApi(gateway, 'POST', path, body)) as { readonly id: string };
    return id;
  };
  const versions = `${plans}/${await made(plans, { name: 'shop' })}/versions`;
  const terms = { ...termsOf(rules), showPrices: true } as unknown as JsonObject;
  const id = await made(versions, { terms });
  await made(`${versions}/${id}/publish`, {});
  const { tenant } = (await callApi(gateway, 'GET', '/api/v1/me')) as { tenant: JsonObject };
  const wanted = { tenant: tenant['id'] as string, planVersion: id };
  await made('/api/v1/billing/subscriptions', wanted);
}

/** The first tenant's usage records of a method, the newest first. */
export async function usageOf(
  gateway: GatewayProcess,
  wanted = 'tools/call',
): Promise<readonly JsonObject[]> {
  const answer = await callApi(gateway, 'GET', '/api/v1/usage?limit=100');
  const records = (answer['records'] ?? answer['usage']) as readonly JsonObject[];
  return records.filter(({ method }) => method === wanted);
}

/** What the first tenant was charged. */
export async function chargesOf(gateway: GatewayProcess): Promise<readonly JsonObject[]> {
  const { charges } = await callApi(gateway, 'GET', '/api/v1/billing/charges?limit=100');
  return charges as readonly JsonObject[];
}

/** Waits for so many rows; and a little longer, so that more would be seen. */
export async function until(
  read: () => Promise<readonly JsonObject[]>,
  count: number,
): Promise<readonly JsonObject[]> {
  for (let left = WAITS; left > 0; left--) {
    if ((await read()).length >= count) break;
    await sleep(50);
  }
  await sleep(500);
  return read();
}
