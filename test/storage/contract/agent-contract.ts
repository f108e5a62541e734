import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentSettings, NewAgent } from '../../../src/chat/agents/store.ts';
import { agentLimits } from '../../../src/kernel/limits/chat/agent-limits.ts';
import { conversationOf, started } from './chat-fixtures.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const settingsOf = (prompt: string): AgentSettings => ({
  model: null,
  fallbacks: [],
  tools: { allowed: ['orders__*'], pinned: [] },
  limits: { steps: 3, seconds: null, parallelCalls: null, cost: null },
  prompt,
  variables: [],
  temperature: 0.5,
  outputTokensMax: null,
});

/** An agent with a draft. */
export const agentOf = (id: string, slug = `slug-${id}`): NewAgent => ({
  id,
  slug,
  name: `Name of ${id}`,
  description: '',
  settings: settingsOf('One.'),
  createdAtMs: 5,
});

/** What keeps agents must do on every engine. */
export function agentContract(open: OpenEmpty): void {
  keptAgents(open);
  keptVersions(open);
  bounds(open);
}

function keptAgents(open: OpenEmpty): void {
  test('agents are kept by tenant, changed under their versions and removed whole', async (t) => {
    const storage = await openWithTenants(open, t);
    const { agents, chats } = storage;
    const made = await agents.insert(A, agentOf('agt_1'));
    const { settings: _, ...said } = agentOf('agt_1');
    assert.deepEqual(made, { ...said, published: null, updatedAtMs: 5, version: 1 });
    assert.deepEqual(await agents.list(A), [made]);
    assert.deepEqual(await agents.bySlug(A, 'slug-agt_1'), made);
    assert.deepEqual([await agents.get(B, 'agt_1'), await agents.list(B)], [undefined, []]);
    await assert.rejects(agents.insert(A, agentOf('agt_2', 'slug-agt_1')), { code: 'conflict' });
    const change = { name: 'Other', updatedAtMs: 6, ifVersion: 1 };
    const changed = await agents.update(A, 'agt_1', change);
    assert.deepEqual(changed, { ...made, name: 'Other', updatedAtMs: 6, version: 2 });
    await assert.rejects(agents.update(A, 'agt_1', change), { code: 'conflict' });
    assert.equal(await agents.update(B, 'agt_1', { ...change, ifVersion: undefined }), undefined);
    const agent = { id: 'agt_1', version: 1, values: { city: 'Bern', n: 2, isOpen: true } };
    const begins = { ...conversationOf('cnv_1', 'usr_1'), agent };
    await started(storage, { number: 1, change: { begins } });
    assert.deepEqual((await chats.conversations.get(A, 'cnv_1'))?.agent, agent);
    await assert.rejects(agents.remove(A, 'agt_1', 1), { code: 'conflict' });
    assert.equal(await agents.remove(B, 'agt_1', undefined), false);
    assert.equal(await agents.remove(A, 'agt_1', 2), true);
    assert.deepEqual(await agents.versions(A, 'agt_1'), []);
    assert.deepEqual((await chats.conversations.get(A, 'cnv_1'))?.agent, agent, 'it says so still');
  });
}

function keptVersions(open: OpenEmpty): void {
  test('a draft is edited, and what was published never changes again', async (t) => {
    const { agents } = await openWithTenants(open, t);
    await agents.insert(A, agentOf('agt_1'));
    const edit = (prompt: string) =>
      agents.update(A, 'agt_1', {
        settings: settingsOf(prompt),
        updatedAtMs: 7,
        ifVersion: undefined,
      });
    const publish = (number: number, ifVersion?: number) =>
      agents.publish(A, 'agt_1', { number, atMs: 9, ifVersion });
    const shown = async () =>
      (await agents.versions(A, 'agt_1')).map(({ number, state, settings: { prompt } }) => {
        return `${number} ${state} ${prompt}`;
      });
    await edit('Two.');
    assert.deepEqual(await shown(), ['1 draft Two.'], 'the draft is edited in its place');
    assert.equal(await publish(2), undefined);
    await assert.rejects(publish(1, 1), { code: 'conflict' });
    assert.equal((await publish(1, 2))?.published, 1);
    assert.equal((await agents.getVersion(A, 'agt_1', 1))?.publishedAtMs, 9);
    await edit('Three.');
    assert.deepEqual(await shown(), ['2 draft Three.', '1 published Two.']);
    assert.equal((await publish(2))?.published, 2);
    const before = await agents.getVersion(A, 'agt_1', 1);
    assert.equal(
      (await agents.publish(A, 'agt_1', { number: 1, atMs: 99, ifVersion: 5 }))?.published,
      1,
    );
    assert.deepEqual(await agents.getVersion(A, 'agt_1', 1), before, 'going back changes nothing');
    assert.equal(await agents.getVersion(B, 'agt_1', 1), undefined);
    assert.equal(
      await agents.publish(B, 'agt_1', { number: 1, atMs: 9, ifVersion: undefined }),
      undefined,
    );
  });
}

function bounds(open: OpenEmpty): void {
  test('a tenant has so many agents and an agent so many versions, and no more', async (t) => {
    const { agents } = await openWithTenants(open, t);
    const { agentsPerTenantMax, agentVersionsMax } = agentLimits;
    for (let at = 1; at <= agentsPerTenantMax; at++) await agents.insert(A, agentOf(`agt_${at}`));
    await assert.rejects(agents.insert(A, agentOf('agt_more')), { code: 'conflict' });
    await agents.insert(B, agentOf('agt_more'));
    const edit = () =>
      agents.update(A, 'agt_1', {
        settings: settingsOf('x'),
        updatedAtMs: 7,
        ifVersion: undefined,
      });
    const publish = (number: number) =>
      agents.publish(A, 'agt_1', { number, atMs: 9, ifVersion: undefined });
    for (let number = 1; number < agentVersionsMax; number++) {
      await publish(number);
      await edit();
    }
    await publish(agentVersionsMax);
    await assert.rejects(edit(), { code: 'conflict' });
    assert.equal((await agents.versions(A, 'agt_1')).length, agentVersionsMax);
  });
}
