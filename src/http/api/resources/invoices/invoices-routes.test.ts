import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';

const as = 'ownerA';
const account = '/api/v1/billing/accounts/ten_b';
const B = tenantId('ten_b');
const DAY_MS = 86_400_000;
const terms = {
  currency: 'KWD',
  period: { unit: 'month', count: 1 },
  rules: [],
  recurring: [
    {
      id: 'base',
      title: '=Base <b>',
      amount: '10.0005',
      quantity: '1',
      due: 'in_arrears',
      proration: 'none',
    },
  ],
  rounding: { mode: 'half_even', at: 'line' },
};

type Json = Readonly<Record<string, never>>;

/** A plane whose tenant B was on a plan for 40 days. */
async function planeWithDraft() {
  const plane = new ControlPlane();
  const send = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const { status, json, text } = await plane.send(method, path, {
      as,
      ...(body === undefined ? {} : { body }),
    });
    assert.ok(status < 300, text);
    return json as Json;
  };
  const plan = await send('POST', '/api/v1/billing/plans', { name: 'Standard' });
  const versions = `/api/v1/billing/plans/${String(plan['id'])}/versions`;
  const { id } = await send('POST', versions, { terms });
  await send('POST', `${versions}/${String(id)}/publish`, {});
  const startsAtMs = NOW_MS - 40 * DAY_MS;
  const body = { tenant: 'ten_b', planVersion: id, startsAtMs };
  await send('POST', '/api/v1/billing/subscriptions', body);
  await send('PATCH', `${account}/details`, { taxRates: [{ name: 'VAT', percent: '5' }] });
  const coupon = await send('POST', '/api/v1/billing/coupons', { name: 'Launch', percent: '50' });
  await send('POST', `${account}/coupons`, { coupon: coupon['id'] });
  const fence = await plane.identity.leases.acquire('billing.periods', 'me', 60_000);
  if (fence === undefined) throw new Error('the lease is taken');
  await plane.identity.charges.turnPeriods(B, NOW_MS, fence);
  const run = await send('POST', '/api/v1/billing/invoices', { tenant: 'ten_b' });
  assert.deepEqual(run, { drafts: 1 });
  const page = await send('GET', '/api/v1/billing/accounts/invoices?status=draft');
  const [draft] = page['invoices'] as unknown as readonly [{ readonly id: string }];
  return { plane, send, id: draft.id };
}

test('an invoice is drafted, made final, given back and printed in every form', async () => {
  const { plane, send, id } = await planeWithDraft();
  const path = `${account}/invoices/${id}`;
  const final = await send('POST', `${path}/finalise`);
  assert.deepEqual(await send('POST', `${path}/finalise`), final);
  assert.deepEqual(
    [final['number'], final['total'], final['tax']],
    ['INV-000001', '5.25', '0.2500125'],
  );
  const note = { key: 'k', amount: '1.05', reason: 'Outage' };
  const made = await send('POST', `${path}/credit-notes`, note);
  assert.deepEqual(await send('POST', `${path}/credit-notes`, note), made);
  assert.equal(made['number'], 'CN-000001');
  const wrong = { ...note, key: 'l', amount: '0.0001' };
  problemOf(
    await plane.send('POST', `${path}/credit-notes`, { as, body: wrong }),
    'invalid_params',
  );
  const more = { ...note, key: 'l', amount: '5' };
  problemOf(await plane.send('POST', `${path}/credit-notes`, { as, body: more }), 'conflict');
  const own = `/api/v1/billing/invoices/${id}`;
  problemOf(await plane.send('GET', own, { as }), 'not_found');
  const html = await plane.send('GET', `${own}/html`, { as: 'ownerB' });
  assert.match(html.text, /=Base &#60;b&#62;/);
  const style = /<style>([^]*)<\/style>/.exec(html.text)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  assert.ok(html.headers.get('content-security-policy')?.includes(`'sha256-${hash}'`));
  const pdf = await plane.send('GET', `${own}/pdf`, { as: 'ownerB' });
  assert.match(pdf.text, /^%PDF-1\.\d[^]*%%EOF\s*$/);
  assert.match(pdf.headers.get('content-disposition') ?? '', /"INV-000001\.pdf"/);
  const csv = await plane.send('GET', `${own}/csv`, { as: 'ownerB' });
  assert.match(
    csv.text,
    /recurring,recurring:base,'=Base <b>,recurring,1,1,.*,10\.0005,10\.000,KWD/,
  );
  const lines = (await plane.send('GET', `${own}/jsonl`, { as: 'ownerB' })).text.trim().split('\n');
  assert.equal(lines.length, csv.text.trim().split('\r\n').length - 1);
  const voided = await send('POST', `${path}/void`, { reason: 'Wrong' });
  assert.equal(voided['status'], 'void');
  problemOf(await plane.send('POST', `${path}/void`, { as, body: { reason: 'x' } }), 'conflict');
});

test('billing details are changed under their version, taxes by the operator', async () => {
  const plane = new ControlPlane();
  const path = '/api/v1/billing/details';
  const first = await plane.send('PATCH', path, { as: 'ownerB', body: { name: 'Acme' } });
  assert.equal(first.headers.get('etag'), '"1"');
  const stale = { as: 'ownerB', body: { name: 'Other' }, headers: { 'If-Match': '"7"' } } as const;
  problemOf(await plane.send('PATCH', path, stale), 'conflict');
  const taxes = { taxRates: [{ name: 'VAT', percent: '0' }] };
  problemOf(await plane.send('PATCH', path, { as: 'ownerB', body: taxes }), 'invalid_params');
  problemOf(await plane.send('PATCH', path, { as: 'billingA', body: { name: 'x' } }), 'forbidden');
});

test('billing details and coupons are within their limits', async () => {
  const plane = new ControlPlane();
  const details = `${account}/details`;
  const rates = (count: number) => ({
    taxRates: Array.from({ length: count }, (_, at) => ({ name: `T${at}`, percent: '1' })),
  });
  const text = (size: number): string => 'x'.repeat(size);
  const coupon = (name: string, rules: number) => ({
    name,
    percent: '1',
    rules: Array.from({ length: rules }, (_, at) => `rule-${at}`),
  });
  const coupons = '/api/v1/billing/coupons';
  const cases: readonly (readonly [string, string, object, object])[] = [
    ['PATCH', details, rates(limits.taxRatesMax), rates(limits.taxRatesMax + 1)],
    [
      'PATCH',
      details,
      { name: text(limits.billingNameCharactersMax) },
      { name: text(limits.billingNameCharactersMax + 1) },
    ],
    [
      'PATCH',
      details,
      { address: text(limits.billingAddressCharactersMax) },
      { address: text(limits.billingAddressCharactersMax + 1) },
    ],
    ['POST', coupons, coupon('a', limits.couponRulesMax), coupon('b', limits.couponRulesMax + 1)],
  ];
  for (const [method, path, fits, tooMuch] of cases) {
    const { status, text: answer } = await plane.send(method, path, { as, body: fits });
    assert.ok(status < 300, answer);
    problemOf(await plane.send(method, path, { as, body: tooMuch }), 'invalid_params');
  }
  const path = '/api/v1/billing/subscriptions';
  const body = { tenant: 'ten_b', planVersion: 'plv_x' };
  const trial = (days: number) => ({ as, body: { ...body, trialDays: days } }) as const;
  problemOf(await plane.send('POST', path, trial(limits.trialDaysMax)), 'not_found');
  problemOf(await plane.send('POST', path, trial(limits.trialDaysMax + 1)), 'invalid_params');
});

test('a coupon is a percentage or an amount with its currency', async () => {
  const plane = new ControlPlane();
  for (const body of [
    { name: 'a' },
    { name: 'a', percent: '1', amount: '1', currency: 'USD' },
    { name: 'a', amount: '1' },
    { name: 'a', percent: '1', currency: 'USD' },
  ]) {
    const sent = await plane.send('POST', '/api/v1/billing/coupons', { as, body });
    problemOf(sent, 'invalid_params');
  }
});
