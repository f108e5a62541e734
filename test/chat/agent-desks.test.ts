import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { AgentSettings } from '../../src/chat/agents/agent.ts';
import { EvaluationDesk } from '../../src/chat/evaluation/evaluation-desk.ts';
import { tryCase } from '../../src/chat/evaluation/try-case.ts';
import { createTrainingDesk } from '../../src/chat/training/training-desk.ts';
import { buildTenantSnapshot } from '../../src/catalog/tenant-snapshot.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { conversationOf, messageOf } from '../storage/contract/chat-fixtures.ts';
import { chatWorld } from '../support/chat-world.ts';

const settings: AgentSettings = {
  model: null,
  fallbacks: [],
  tools: { allowed: null, pinned: [] },
  limits: { steps: null, seconds: null, parallelCalls: null, cost: null },
  prompt: 'Be brief.',
  variables: [],
  temperature: null,
  outputTokensMax: null,
};
const expected = {
  calls: [],
  notCalled: [],
  contains: [],
  matches: [],
  stepsMax: null,
  costMax: null,
};

async function agentIn(t: TestContext) {
  const world = await chatWorld(t);
  const instance = world.open();
  const wanted = { slug: 'support', name: 'Support', description: '', settings };
  const { id } = await instance.agents.create(world.ada.tenant, wanted);
  const evaluations = new EvaluationDesk({
    store: world.storage.evaluations,
    agents: instance.agents,
    desk: instance.desk,
    readmitted: (principal) => Promise.resolve(principal),
    ids: new IdSource(),
    log: silentLog,
    now: Date.now,
  });
  const ada = { ...world.ada };
  const actions = new Set([...ada.permissions.actions, 'agents.manage' as const]);
  return {
    ...world,
    ...instance,
    id,
    evaluations,
    ada: { ...ada, permissions: { ...ada.permissions, actions } },
  };
}

test('so much of an answer is kept in a report', async (t) => {
  const { desk, ada } = await agentIn(t);
  const most = limits.evaluationAnswerCharactersMax;
  for (const length of [most, most + 1]) {
    const one = { id: 'evc_1', values: {}, expected, createdAtMs: 1 };
    const question = `say ${'x'.repeat(length)}`;
    const agent = { slug: 'support', version: 1 };
    const { signal } = new AbortController();
    const { answer, failures } = await tryCase(desk, ada, { ...one, question }, agent, signal);
    assert.deepEqual([answer.length, failures], [most, []]);
  }
});

test('a report of a process that ended is interrupted, and another one may begin', async (t) => {
  const { evaluations, keeper, storage, ada, id } = await agentIn(t);
  const { evaluationLifeMs, evaluationRenewMs } = limits;
  assert.ok(evaluationLifeMs >= 3 * evaluationRenewMs, 'it is said more than once in a life');
  await evaluations.addCase(ada.tenant, id, { question: 'hang', values: {}, expected });
  const begun = await evaluations.begin(ada, id, undefined);
  await assert.rejects(evaluations.begin(ada, id, undefined), { code: 'conflict' });
  await sleep(20);
  const ending = evaluations[Symbol.asyncDispose]();
  await keeper[Symbol.asyncDispose]();
  await ending;
  await assert.rejects(evaluations.begin(ada, id, undefined), { code: 'shutting_down' });
  assert.equal((await evaluations.report(ada.tenant, id, begun.id)).state, 'running');
  await storage.evaluations.keepAlive(ada.tenant, id, begun.id, 0);
  await sleep(2);
  assert.equal((await evaluations.report(ada.tenant, id, begun.id)).state, 'interrupted');
  const publishing = evaluations.checkPublishable(ada.tenant, id, begun.id);
  await assert.rejects(publishing, { code: 'conflict' });
});

test('examples of more than one page are whole, each conversation once', async (t) => {
  const { storage, agents, ada } = await agentIn(t);
  const { tenant } = ada;
  const rows = limits.trainingPageRows;
  const add = async (number: number, ownerId: string): Promise<void> => {
    const conversation = {
      ...conversationOf(`cnv_${number}`, ownerId, tenant),
      headId: `b${number}`,
    };
    const asked = messageOf(`a${number}`, conversation.id, 'chr_1');
    const said = { ...messageOf(`b${number}`, conversation.id, 'chr_1'), parentId: asked.id };
    const messages = [asked, { ...said, role: 'assistant' as const }];
    await storage.chats.conversations.insertWhole(tenant, {
      conversation,
      messages,
      artifacts: [],
    });
  };
  for (let at = 0; at < rows; at++) await add(at, 'usr_0');
  const user = (id: string) => ({ kind: 'user', id }) as const;
  await storage.training.setConsent(tenant, user('usr_0'), 5);
  const { snapshot } = buildTenantSnapshot([], [], 1);
  const desk = createTrainingDesk({
    store: storage.training,
    chats: storage.chats,
    agents,
    viewOf: () => snapshot,
    redact: (value) => Promise.resolve(value),
    log: silentLog,
    now: Date.now,
  });
  const query = { format: 'openai', onlyRated: false, agentId: undefined } as const;
  const counted = async (): Promise<number> => {
    const lines = new Set<string>();
    let all = 0;
    for await (const line of desk.examples(ada, query)) {
      lines.add(line);
      all += 1;
    }
    assert.equal(lines.size, all);
    return all;
  };
  assert.equal(await counted(), rows);
  await add(rows, 'usr_0');
  assert.equal(await counted(), rows + 1);
  for (let at = 1; at <= rows; at++) {
    await storage.training.setConsent(tenant, user(`usr_${at}`), 5);
    await add(rows + at, `usr_${at}`);
  }
  assert.equal(await counted(), 2 * rows + 1);
});

test('agents, versions, cases and reports are held to their bounds', async (t) => {
  const { agents, evaluations, storage, ada, id } = await agentIn(t);
  const { tenant } = ada;
  const refused = (made: Promise<unknown>) => assert.rejects(made, { code: 'conflict' });
  const add = (at: number) =>
    agents.create(tenant, { slug: `a${at}`, name: 'A', description: '', settings });
  for (let at = 1; at < limits.agentsPerTenantMax; at++) await add(at);
  await refused(add(limits.agentsPerTenantMax));
  const change = () =>
    storage.agents.update(tenant, id, { settings, updatedAtMs: 1, ifVersion: undefined });
  for (let number = 1; number <= limits.agentVersionsMax; number++) {
    if (number > 1) await change();
    await agents.publish(tenant, id, number, undefined);
  }
  await refused(change());
  const ask = () => evaluations.addCase(tenant, id, { question: 'x', values: {}, expected });
  for (let at = 0; at < limits.evaluationCasesMax; at++) await ask();
  await refused(ask());
  const kept = limits.evaluationReportsKept;
  for (let at = 0; at <= kept; at++) {
    const report = {
      id: `evr_${at}`,
      agentId: id,
      state: 'running',
      versions: [],
      results: [],
      problem: null,
      createdAtMs: at,
    } as const;
    await storage.evaluations.insertReport(tenant, report, 0);
    const reports = await evaluations.reports(tenant, id);
    assert.equal(reports.length, Math.min(at + 1, kept));
  }
});
