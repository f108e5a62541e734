import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import { usageRecord } from '../../../../../test/support/usage-record.ts';
import { limits } from '../../../../kernel/limits.ts';
import { firstIdAt } from '../../../../metering/store.ts';
import { exampleTerms } from './plan-json.ts';

const as = 'ownerA';
const [first] = exampleTerms.rules;
const { id: _, ...body } = first;

async function withDraft(terms: object = exampleTerms) {
  const plane = new ControlPlane();
  const made = async (path: string, sent: unknown): Promise<string> => {
    const { status, json, text } = await plane.send('POST', path, { as, body: sent });
    assert.equal(status, 201, text);
    return (json as { id: string }).id;
  };
  const plans = '/api/v1/billing/plans';
  const versions = `${plans}/${await made(plans, { name: 'Standard' })}/versions`;
  const id = await made(versions, { terms });
  return { plane, id, version: `${versions}/${id}`, rules: `${versions}/${id}/rules` };
}

describe('rules of a draft', () => {
  test('are added, read, changed and removed under the ETag of the draft', async () => {
    const { plane, rules } = await withDraft();
    const put = (rule: string, change: object = {}, headers = {}) =>
      plane.send('PUT', `${rules}/${rule}`, { as, body: { ...body, ...change }, headers });
    const added = await put('maps', { match: { services: ['maps'] } });
    assert.deepEqual([added.status, added.headers.get('etag')], [201, '"2"']);
    assert.deepEqual(added.json, { ...body, match: { services: ['maps'] }, id: 'maps' });
    const changed = await put('maps', { priority: 7 });
    assert.deepEqual([changed.status, changed.headers.get('etag')], [200, '"3"']);
    problemOf(await put('maps', {}, { 'If-Match': '"2"' }), 'conflict');
    const one = await plane.send('GET', `${rules}/maps`, { as });
    assert.deepEqual(one.json, { ...body, id: 'maps', priority: 7 });
    const all = await plane.send('GET', rules, { as });
    const ids = (all.json as { rules: { id: string }[] }).rules.map(({ id }) => id);
    assert.deepEqual(ids, ['searches', 'maps']);
    assert.equal((await plane.send('DELETE', `${rules}/searches`, { as })).status, 204);
    problemOf(await plane.send('DELETE', `${rules}/searches`, { as }), 'not_found');
    problemOf(await plane.send('GET', `${rules}/searches`, { as }), 'not_found');
    const wrong = problemOf(await put('maps', { unit: 'moon' }), 'invalid_params');
    assert.equal(wrong.errors?.[0]?.field, 'unit');
  });

  test("of a published version stay as they are, and are the operator's business", async () => {
    const { plane, version, rules } = await withDraft();
    assert.equal((await plane.send('POST', `${version}/publish`, { as })).status, 200);
    problemOf(await plane.send('PUT', `${rules}/searches`, { as, body }), 'conflict');
    problemOf(await plane.send('DELETE', `${rules}/searches`, { as }), 'conflict');
    assert.equal((await plane.send('GET', `${rules}/searches`, { as })).status, 200);
    problemOf(await plane.send('GET', rules, { as: 'adminA' }), 'forbidden');
  });

  test('are rulesPerVersionMax at most', async () => {
    const max = limits.rulesPerVersionMax;
    const many = Array.from({ length: max - 1 }, (__, at) => ({ ...first, id: `r${at}` }));
    const { plane, rules } = await withDraft({ ...exampleTerms, rules: many });
    const put = (rule: string) => plane.send('PUT', `${rules}/${rule}`, { as, body });
    assert.equal((await put('last')).status, 201);
    problemOf(await put('more'), 'invalid_params');
    assert.equal((await put('last')).status, 200);
  });
});

describe('simulating over the API', () => {
  const path = '/api/v1/billing/simulate';

  test('shows what would have been charged, by tenant and rule', async () => {
    const { plane, id } = await withDraft();
    const startedAtMs = NOW_MS - 1_000;
    for (const [at, tool] of ['find', 'find', 'other'].entries()) {
      const use = `${firstIdAt(startedAtMs)}${String(at).padStart(20, '0')}`;
      plane.usage.push(
        usageRecord({ id: use, chargeKey: use, startedAtMs, serviceId: 'svc_m', tool }),
      );
    }
    plane.identity.fill(`INSERT INTO rated_service (tenant_id, id, slug)
      VALUES ('ten_a', 'svc_m', 'maps')`);
    const sent = { as, body: { version: id, tenants: ['ten_a', 'ten_b', 'ten_a'] } } as const;
    const { status, json, text } = await plane.send('POST', path, sent);
    assert.equal(status, 200, text);
    const { tenants, currency } = json as { tenants: object[]; currency: string };
    assert.equal(currency, 'USD');
    assert.deepEqual(tenants[0], {
      tenant: 'ten_a',
      records: 3,
      charged: [],
      simulated: '0.004',
      difference: '0.004',
      rules: [{ rule: 'searches', charges: 2, quantity: '2', amount: '0.004' }],
      refused: 0,
      unknown: 0,
    });
    assert.equal(tenants.length, 2);
    const narrow = { version: id, tenants: ['ten_a'], to: '2020-01-01T00:00:00Z' };
    const past = await plane.send('POST', path, { as, body: narrow });
    assert.equal((past.json as { tenants: { records: number }[] }).tenants[0]?.records, 0);
  });

  test('refuses what is not there, not sound, too long or not allowed', async () => {
    const price = { model: 'volume', tiers: [{ upTo: '5', unitAmount: '1' }] };
    const { plane, id } = await withDraft({ ...exampleTerms, rules: [{ ...first, price }] });
    const ask = (more: object, who: 'ownerA' | 'ownerB' = as) =>
      plane.send('POST', path, { as: who, body: { version: id, ...more } });
    problemOf(await ask({ version: 'plv_none' }), 'not_found');
    const unsound = problemOf(await ask({}), 'invalid_params');
    assert.equal(unsound.errors?.[0]?.field, 'rules[0].price.tiers[0].upTo');
    problemOf(await ask({}, 'ownerB'), 'forbidden');
    const { plane: other, id: sound } = await withDraft();
    const request = (body: object) => other.send('POST', path, { as, body });
    const names = Array.from({ length: limits.simulatedTenantsMax }, (__, at) => `ten_${at}`);
    assert.equal((await request({ version: sound, tenants: names })).status, 200);
    const more = { version: sound, tenants: [...names, 'ten_more'] };
    problemOf(await request(more), 'invalid_params');
    const from = '1999-01-01T00:00:00Z';
    problemOf(await request({ version: sound, from }), 'invalid_params');
  });

  test('is done one after the other, with simulationsWaitingMax in the queue', async () => {
    const { plane, id } = await withDraft();
    const body = { version: id, tenants: ['ten_a'] };
    const all = await Promise.all(
      Array.from({ length: limits.simulationsWaitingMax + 2 }, () =>
        plane.send('POST', path, { as, body }),
      ),
    );
    const statuses = all.map(({ status }) => status).toSorted((one, other) => one - other);
    assert.deepEqual(statuses.slice(-2), [200, 429]);
    assert.equal(statuses[0], 200);
  });
});
