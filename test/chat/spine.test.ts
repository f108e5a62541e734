import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/app/config/config.ts';
import type { GatewayApp } from '../../src/app/parts/gateway-app.ts';
import { startApp } from '../../src/app/start-app.ts';
import { stop } from '../../src/app/stop.ts';
import type { AgentEngine, RunAnswer } from '../../src/chat/loop/agent-engine.ts';
import { createAgentEngine } from '../../src/chat/loop/create-agent-engine.ts';
import { wholeShelf } from '../support/chat/whole-shelf.ts';
import { createCallApprovals } from '../../src/gateway/approvals/call-approvals.ts';
import { createModelSteps } from '../../src/gateway/spending/model-steps.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { silentLog } from '../../src/kernel/log.ts';
import {
  journalDisk,
  MemoryRunJournal,
  type JournalDisk,
} from '../support/chat/memory-run-journal.ts';
import { scriptedModel } from '../support/chat/scripted-model.ts';
import { sendJson, startHttpFixture } from '../support/mcp-http/http-fixture.ts';
import { memoryArtifactStore } from '../support/memory-artifact-store.ts';

const tools = [
  { name: 'read', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  {
    name: 'write',
    inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  },
  { name: 'ask', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
];
const form = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };

/** A service that notes what it was called with. */
async function startService(called: unknown[]) {
  return await startHttpFixture(({ id, method, params }, response) => {
    const reply = (result: object): void =>
      sendJson(response, 200, { id, result: { resultType: 'complete', ...result } });
    switch (method) {
      case 'server/discover':
        return reply({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
      case 'tools/list':
        return reply({ tools });
      case 'tools/call': {
        called.push(params?.['arguments']);
        const { name, inputResponses } = params ?? {};
        if (name === 'ask' && inputResponses === undefined) {
          const inputRequests = { who: { method: 'elicitation/create', params: form } };
          return reply({ resultType: 'input_required', inputRequests, requestState: 's' });
        }
        const said = JSON.stringify(inputResponses ?? params?.['arguments']);
        return reply({ content: [{ type: 'text', text: said }] });
      }
      default:
        return sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
    }
  });
}

/** A gateway on a database of its own, with the service behind it. */
async function startWorld(stack: AsyncDisposableStack, called: unknown[]) {
  const service = stack.use(await startService(called));
  const directory = mkdtempSync(join(tmpdir(), 'gateway-chat-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const setting = (key: string, text: string) => ({ key, text, flag: `--set ${key}` });
  const { config } = loadConfig({
    flags: [setting('data.directory', directory), setting('egress.allowLoopback', 'true')],
    environment: {},
    folder: directory,
  });
  let apiKey = '';
  const { app } = await startApp(config, silentLog, (admin) => {
    ({ apiKey } = admin);
  });
  stack.defer(() => stop(app));
  const principal = await app.admit(apiKey, '/mcp');
  const shown = { title: 'Notes', slug: 'notes', kind: 'mcp-http', config: { url: service.url } };
  await app.registry.register(principal, shown);
  assert.equal(app.viewOf(principal).tools.size, tools.length);
  return { app, principal };
}

function engineOf(app: GatewayApp): AgentEngine {
  const ids = new IdSource();
  const { usageLog, nodeId, spending, gateway } = app;
  const now = Date.now;
  return createAgentEngine({
    gateway,
    shelf: wholeShelf((one) => app.viewOf(one)),
    artifacts: memoryArtifactStore(),
    approvals: createCallApprovals({ rules: app.guardRules, desk: app.approvals }),
    modelSteps: createModelSteps({ usageLog, nodeId, ids, spending, now }),
    costLimits: [],
    isTrusted: () => false,
    log: silentLog,
    now,
  });
}

test('a run calls through the whole spine: rows, records, approvals and rounds', async () => {
  await using stack = new AsyncDisposableStack();
  const called: unknown[] = [];
  const { app, principal } = await startWorld(stack, called);
  const engine = engineOf(app);
  const model = scriptedModel((turn) => {
    if (turn === 0) return { calls: [{ name: 'notes__read', input: { at: 1 } }] };
    if (turn === 1) return { calls: [{ name: 'notes__write', input: { n: 2 } }] };
    if (turn === 2) return { calls: [{ name: 'notes__ask', input: {} }] };
    return { text: 'Done.' };
  });
  const disk = journalDisk('Go.');
  const proceed = () =>
    engine.proceed({
      id: 'chr_1',
      conversationId: 'cnv_1',
      principal: { ...principal, actor: { kind: 'chat', id: 'chr_1' } },
      models: [model],
      system: '',
      limits: { stepsMax: 9, totalMs: 30_000, parallelCallsMax: 2 },
      journal: new MemoryRunJournal(disk),
      signal: new AbortController().signal,
    });
  const { tenant } = principal;
  const first = await proceed();
  assert.ok(first.state === 'waiting', JSON.stringify(disk.events));
  assert.deepEqual(called, [{ at: 1 }]);
  const id = first.waits[0]?.id ?? '';
  const row = await app.storage.approvals.get(tenant, id);
  assert.deepEqual([row?.state, row?.tool, row?.actor], ['waiting', 'write', 'chat:chr_1']);
  // In the inbox, by the one who asked: the rule of a chat allows that.
  await app.approvals.decide(principal, id, true, null);
  const second = await proceed();
  assert.ok(second.state === 'waiting', JSON.stringify(disk.events));
  assert.equal((await app.storage.approvals.get(tenant, id))?.state, 'used');
  assert.equal(second.waits[0]?.message, 'Who?');
  const response = { action: 'accept', content: { name: 'Ada' } };
  const answer: RunAnswer = { id: second.waits[0]?.id ?? '', kind: 'question', response };
  disk.answers.push(answer);
  assert.deepEqual(await proceed(), { state: 'finished', reason: 'done' });
  assert.match(JSON.stringify(disk.messages), /Ada/);
  assert.deepEqual(called, [{ at: 1 }, { n: 2 }, {}, {}]);

  await checkRecords(app, principal, disk);
});

/** Each step and each round of a call left a record under the run's name. */
async function checkRecords(
  { usageLog, storage }: GatewayApp,
  { tenant }: Principal,
  disk: JournalDisk,
): Promise<void> {
  await usageLog.drain();
  const query = { descending: false, rowsMax: 50 };
  const records = (await storage.usage.list(tenant, query)).filter(({ actor }) => actor);
  assert.deepEqual(
    records.map(({ method, tool, outcome }) => `${method} ${tool} ${outcome}`),
    [
      'chat/step test/scripted ok',
      'tools/call read ok',
      'chat/step test/scripted ok',
      'tools/call write ok',
      'chat/step test/scripted ok',
      'tools/call ask input_required',
      'tools/call ask ok',
      'chat/step test/scripted ok',
    ],
  );
  assert.ok(records.every(({ actor }) => actor === 'chat:chr_1'));
  const results = disk.messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool_result' ? part.usageId : [])),
  );
  const ofCalls = records.filter(
    ({ method, outcome }) => method === 'tools/call' && outcome === 'ok',
  );
  assert.deepEqual(
    results,
    ofCalls.map((record) => record.id),
  );
  const rounds = records.filter(({ tool }) => tool === 'ask').map(({ chargeKey }) => chargeKey);
  assert.equal(new Set(rounds).size, 1, 'the rounds of one call are one charge');
}
