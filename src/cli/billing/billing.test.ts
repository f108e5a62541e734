import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../app/config/config.ts';
import { startGateway } from '../../app/start.ts';
import { exampleTerms } from '../../http/api/resources/billing/plan-json.ts';
import { silentLog } from '../../kernel/log.ts';
import { cell } from '../cells.ts';
import { configSources } from '../config-flags.ts';
import { gatewayClient } from '../gateway-client.ts';
import { run } from '../run.ts';

test('a tenant is put on a plan, and its prices and costs are shown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-billing-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const cli = async (...words: readonly string[]) => {
    let [out, error] = ['', ''];
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    return { code: await run(words, terminal), out: out.trim(), error };
  };
  const sources = configSources({ 'data-dir': folder, port: '0' });
  const start = () => startGateway(loadConfig(sources).config, silentLog, () => {});
  await (await start()).stop('test');
  const key = (await cli('users', 'create', '--owner', 'admin', '--data-dir', folder)).out;
  const gateway = await start();
  t.after(() => gateway.stop('test'));
  const place = ['--url', gateway.url, '--key', key];
  const client = gatewayClient({ url: gateway.url, key });
  const plans = '/api/v1/billing/plans';
  const plan = await client.call('POST', plans, { name: 'Standard' });
  const versions = `${plans}/${cell(plan, 'id')}/versions`;
  const draft = await client.call('POST', versions, { terms: exampleTerms });
  const id = cell(draft, 'id');
  assert.match((await cli('billing', 'plans', ...place)).out, /Standard +1 +plv_\w+ +draft +-$/m);
  await client.call('POST', `${versions}/${id}/publish`);
  const { tenant } = await client.call('GET', '/api/v1/me');
  const own = cell({ tenant: tenant ?? null }, 'tenant.id');
  const subscribed = await cli('billing', 'subscribe', own, id, '--zone', 'UTC', ...place);
  assert.match(subscribed.out, new RegExp(`^${own} is on ${id} by sub_`), subscribed.error);
  const rules = await cli('billing', 'rules', ...place);
  assert.match(rules.out, /^searches +Searches +call +\{"tools":\["maps__find\*"\]\}.* USD$/m);
  const costs = await cli('billing', 'costs', '--by', 'rule', ...place);
  assert.match(costs.out, /^RULE +CHARGES +AMOUNT/, costs.error);
  const simulated = await cli('billing', 'simulate', id, '--tenant', own, ...place);
  assert.match(
    simulated.out,
    /^TENANT +RECORDS +CHARGED +SIMULATED +DIFFERENCE$/m,
    simulated.error,
  );
  assert.match(simulated.out, new RegExp(`^${own} +\\d+ +- +0\\.00 USD +0\\.00$`, 'm'));
  assert.equal((await cli('billing', 'simulate', 'plv_none', ...place)).code, 1);
  assert.equal((await cli('billing', 'costs', '--by', 'moon', ...place)).code, 1);
  const grant = ['billing', 'grant', own, '25', 'USD'];
  assert.equal((await cli(...grant, ...place)).code, 2, 'it must say what for');
  for (const _time of ['first', 'second']) {
    const granted = await cli(...grant, '--for', 'order 1', ...place);
    assert.equal(granted.out, `${own} was granted 25.00 USD; 25.00 of it is left.`, granted.error);
  }
  const budget = { name: 'Team', unit: 'calls', limit: '5', window: 'day' };
  await client.call('POST', '/api/v1/billing/budgets', budget);
  const budgets = await cli('billing', 'budgets', ...place);
  assert.match(budgets.out, /^Team +calls +day +5 +0 +5 +\{\}$/m, budgets.error);
  assert.equal((await cli('billing', 'everything')).code, 2);
});
