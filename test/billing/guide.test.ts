import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { compilePlan } from '../../src/billing/compile-plan.ts';
import type { PlanTerms, StoredPlanVersion } from '../../src/billing/plans/store.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { formatMoney } from '../../src/kernel/money.ts';
import { encodeUsageLine, firstIdAt } from '../../src/metering/store.ts';
import { createVisibility } from '../../src/policy/create-visibility.ts';
import type { ServiceRuntime } from '../../src/catalog/service-runtime.ts';
import { ControlPlane, NOW_MS } from '../support/control-plane.ts';
import { usageRecord } from '../support/usage-record.ts';

const guide = readFileSync(new URL('../../docs/guide/billing.md', import.meta.url), 'utf8');

/** The JSON of a fence, by the comment above it. */
const fences = [...guide.matchAll(/(?:<!-- (\w+) -->\n\n)?```json\n([^`]+)```/g)].map(
  ([, label = 'none', text = '']) => ({ label, json: JSON.parse(text) as JsonObject }),
);
const named = (label: string): readonly JsonObject[] =>
  fences.filter((fence) => fence.label === label).map(({ json }) => json);
const the = (label: string): JsonObject => {
  const [json, ...others] = named(label);
  assert.ok(json !== undefined && others.length === 0, `one example of ${label}`);
  return json;
};
const terms = the('terms') as unknown as PlanTerms;
const plan = compilePlan({ id: 'plv_guide', terms } as StoredPlanVersion);

describe('the examples of the guide to billing', () => {
  test('are all looked at, and those in the text are JSON', () => {
    const labels = ['cost', 'price', 'refusal', 'rule', 'simulate', 'simulation', 'terms'];
    assert.deepEqual([...new Set(fences.map(({ label }) => label))].toSorted(), labels);
    assert.equal(guide.match(/```json/g)?.length, fences.length);
    const inline = [...guide.matchAll(/`(\{"[^`]*\})`/g)];
    assert.ok(inline.length > 8);
    for (const [, text = ''] of inline) JSON.parse(text);
  });

  test('include what the table says', () => {
    const visibility = createVisibility([plan.offer?.includes ?? []]);
    const rows = [...guide.matchAll(/^\| `(\w+)__(\w+)` \| (yes|no) \|$/gm)];
    assert.equal(rows.length, 4);
    for (const [, slug, name = '', isThere] of rows) {
      const live = { service: { slug }, listing: { tools: [] } } as unknown as ServiceRuntime;
      const isShown = visibility.shows(live, 'tools', { name });
      assert.equal(isShown, isThere === 'yes', `${slug}__${name}`);
    }
  });

  test('show the prices and costs that clients see', () => {
    const price = plan.offer?.priceOf?.('maps', 'route_by_car');
    assert.deepEqual(the('price'), { 'mcp-gateway/price': price });
    const costs = ['find', 'route_by_car'].map((tool) => {
      const cost = plan.shownCost?.(usageRecord({ tool }), 'maps');
      assert.ok(cost !== undefined);
      const { amount, currency, isEstimate } = cost;
      const estimate = isEstimate ? { estimate: true } : {};
      return { 'mcp-gateway/cost': { amount: formatMoney(amount), currency, ...estimate } };
    });
    assert.deepEqual(named('cost'), costs);
  });

  test('are taken by the API, and simulated as it says', async () => {
    const plane = new ControlPlane();
    const as = 'ownerA';
    const send = async (method: string, path: string, body?: unknown) => {
      const sent = body === undefined ? { as } : { as, body };
      const { status, json, text } = await plane.send(method, path, sent as { as: 'ownerA' });
      assert.ok(status < 300, text);
      return json as Readonly<Record<string, never>>;
    };
    const plans = '/api/v1/billing/plans';
    const made = await send('POST', plans, { name: 'Standard' });
    const versions = `${plans}/${String(made['id'])}/versions`;
    const draft = String((await send('POST', versions, { terms }))['id']);
    await send('PUT', `${versions}/${draft}/rules/night`, the('rule'));
    assert.deepEqual(await send('POST', `${versions}/${draft}/validate`), { problems: [] });
    await send('DELETE', `${versions}/${draft}/rules/night`);
    await chargeCalls(plane);
    const request = { ...the('simulate'), version: draft };
    const { tenants } = await send('POST', '/api/v1/billing/simulate', request);
    assert.deepEqual(tenants, [the('simulation')]);
  });
});

/** Three calls of maps__find, charged at 0.001 euros. */
async function chargeCalls({ identity, usage }: ControlPlane): Promise<void> {
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  const [rule] = terms.rules;
  assert.ok(rule !== undefined);
  const price = { model: 'unit', unitAmount: '0.001' } as const;
  const before = { ...terms, rules: [{ ...rule, price }] };
  await identity.plans.insert({ id: 'pln_1', name: 'Before', description: '', ...times });
  await identity.plans.insertVersion({
    id: 'plv_1',
    planId: 'pln_1',
    terms: before,
    createdAtMs: 1,
  });
  await identity.plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  const tenant = (await identity.tenants.list())[0]?.id;
  assert.ok(tenant !== undefined);
  const startsAtMs = Date.parse('2027-01-01T00:00:00Z');
  const place = { tenant, id: 'sub_1', planVersionId: 'plv_1', timeZone: 'UTC' };
  await identity.subscriptions.insert(tenant, {
    ...place,
    startsAtMs,
    endsAtMs: null,
    anchorMs: startsAtMs,
    createdAtMs: 1,
    version: 1,
  });
  for (let at = 0; at < 3; at++) {
    const id = `${firstIdAt(NOW_MS - 1_000)}${String(at).padStart(20, '0')}`;
    const call = { id, chargeKey: id, startedAtMs: NOW_MS - 1_000, tool: 'find' };
    const record = usageRecord({ ...call, serviceId: 'svc_maps' });
    usage.push(record);
    await identity.usage.insert(Buffer.from(encodeUsageLine(record)));
  }
  const fence = await identity.leases.acquire('billing.rate', 'me', 60_000);
  assert.ok(fence !== undefined);
  identity.fill(`INSERT INTO service (tenant_id, id, slug, kind, title, enabled, config,
    created_at_ms, updated_at_ms, version)
    VALUES ('${tenant}', 'svc_maps', 'maps', 'x', 'Maps', 1, '{}', 1, 1, 1)`);
  await identity.charges.rateUsage(tenant, NOW_MS, fence);
}
