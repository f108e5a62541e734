import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentBook } from '../../src/chat/agents/agent-book.ts';
import { createOpenPreset } from '../../src/chat/agents/open-preset.ts';
import { createAgentEngine } from '../../src/chat/loop/create-agent-engine.ts';
import { createConversationDesk } from '../../src/chat/desk/conversation-desk.ts';
import { createChatDesk } from '../../src/chat/desk/chat-desk.ts';
import { keepArtifacts } from '../../src/chat/desk/keep-artifacts.ts';
import { RunKeeper } from '../../src/chat/runs/run-keeper.ts';
import { searchShelf } from '../../src/chat/tools/search-shelf.ts';
import { ViewIndexes } from '../../src/tool-search/view-indexes.ts';
import { createModelSteps } from '../../src/gateway/spending/model-steps.ts';
import { chatRoutes } from '../../src/http/api/resources/chat/chat-routes.ts';
import { completionRoutes } from '../../src/http/api/resources/chat/openai/completion-routes.ts';
import { uiRoutes } from '../../src/http/api/resources/chat/ui-routes.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open-sqlite-storage.ts';
import { EvilModel } from '../hostile/world/evil-model.ts';
import { newTenant } from '../storage/contract/fixtures.ts';
import { wireModel } from '../support/chat/wire-models.ts';
import { ControlPlane } from '../support/control-plane.ts';
import { memoryAuditLog } from '../support/memory-audit-store.ts';
import { itemsOfKind } from './items.ts';
import { Matrix, type Cell } from './matrix.ts';
import { nameAt } from './mcp-cells.ts';
import type { TestedView } from './tested-views.ts';
import { startWorld, type World } from './world.ts';

const CELLS_MIN = 150;
const METHODS = ['offered', 'called'];
const ABSENT = 'absent__thing';
const tools = itemsOfKind('tool').map((item) => ({ item, name: nameAt({ kind: 'all' }, item) }));

const doors: Readonly<Record<string, object>> = {
  '/chat': { message: 'Go.' },
  '/chat/ui': { message: { role: 'user', parts: [{ type: 'text', text: 'Go.' }] } },
  '/v1/chat/completions': { model: 'default', messages: [{ role: 'user', content: 'Go.' }] },
};

/** The doors of a chat over the world's spine; nobody is asked before a tool is called. */
async function startChat(stack: AsyncDisposableStack, world: World, model: EvilModel) {
  const { gateway, viewOf, admit, tenant } = world.doors;
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-views-'));
  stack.defer(() => rmSync(dataDir, { recursive: true }));
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  stack.defer(() => storage.close());
  await storage.tenants.create(newTenant(tenant));
  const [store, ids, now] = [storage.chats, new IdSource(), Date.now] as const;
  const unasked = () => Promise.reject(new Error('nobody is asked here'));
  const usageLog = { append: () => Promise.resolve(), drain: () => Promise.resolve() };
  const opened = wireModel({ baseUrl: () => model.baseUrl } as never, 'openai_compatible');
  const models = { open: () => Promise.resolve([opened]) } as never;
  const agents = new AgentBook({ store: storage.agents, models, ids, now });
  const keeper = new RunKeeper({
    store,
    engine: createAgentEngine({
      gateway,
      shelf: searchShelf(viewOf, new ViewIndexes()),
      artifacts: keepArtifacts(store.artifacts, ids, now),
      approvals: {
        ruled: () => 'exempt',
        request: unasked,
        answer: unasked,
        stand: unasked,
        use: unasked,
      },
      modelSteps: createModelSteps({
        usageLog: { ...usageLog, close: () => Promise.resolve() },
        nodeId: 'nod_1',
        ids,
        spending: undefined,
        now,
      }),
      costLimits: [],
      isTrusted: () => false,
      log: silentLog,
      now,
    }),
    openPreset: createOpenPreset({ models, agents, system: 'Help.' }),
    narrow: (principal) => principal,
    readmit: () => Promise.resolve(undefined),
    digestOf: () => undefined,
    holder: 'nod_1',
    ids,
    log: silentLog,
    now,
  });
  stack.use(keeper);
  const conversations = createConversationDesk({ store, ids, now });
  const digestOf = () => undefined;
  const desk = createChatDesk({ store, keeper, agents, conversations, digestOf, ids, now });
  const deps = { chat: () => Promise.resolve(desk), audit: memoryAuditLog([], []) };
  const routes = [...chatRoutes(deps), ...uiRoutes(deps), ...completionRoutes(deps)];
  return new ControlPlane({ admit }, routes);
}

describe('a chat shows its model the view of its user and nothing else', () => {
  const stack = new AsyncDisposableStack();
  const matrix = new Matrix();
  let world: World;
  let model: EvilModel;
  let plane: ControlPlane;
  before(async () => {
    world = stack.use(await startWorld());
    model = stack.use(await EvilModel.start());
    plane = await startChat(stack, world, model);
  });
  after(() => stack.disposeAsync());

  const visit = async (door: string, view: TestedView): Promise<void> => {
    const cellOf = (method: string, name: string): Cell => ({ door, method, view, name });
    const all = [...tools.map(({ name }) => name), ABSENT];
    model.reset(({ turn, call, say }) => {
      if (turn === 0) call(...all.map((name) => [name, {}] as const));
      else say('Done.');
    });
    const headers = { authorization: `Bearer ${view.token}` };
    const came = await plane.send('POST', door, { headers, body: doors[door] });
    assert.equal(came.status, 200, came.text);
    const [first, second] = model.journal;
    assert.ok(first !== undefined && second !== undefined, came.text);
    const offered = namesIn(first);
    // Whatever left for the model before it said a name.
    matrix.search({ door, method: 'offered', view }, JSON.stringify(first));
    const results = resultsIn(second);
    assert.equal(results.length, all.length);
    const absent = (results.at(-1) ?? '').replaceAll(ABSENT, '…');
    for (const [at, { item, name }] of tools.entries()) {
      const isThere = view.oracle.shows(item);
      const isOffered = () => assert.equal(offered.includes(name), isThere, offered.join());
      const result = results[at] ?? '';
      // The service's name is a part of what the model wrote.
      matrix.search(cellOf('called', name), isThere ? result : bare(result));
      if (isThere) {
        matrix.show(cellOf('offered', name), isOffered);
        matrix.show(cellOf('called', name), () => assert.ok(result.includes(item.marker), result));
      } else {
        matrix.refuse(cellOf('offered', name), isOffered);
        matrix.refuse(cellOf('called', name), () =>
          assert.equal(bare(result.replaceAll(name, '…')), bare(absent)),
        );
      }
    }
  };

  for (const door of Object.keys(doors)) {
    test(door, async () => {
      for (const view of world.views) await visit(door, view);
      assert.deepEqual(matrix.wrong.slice(0, 5), []);
    });
  }

  test('services were never asked for what their callers must not see', () => {
    let asked = 0;
    for (const [slug, { requests }] of world.upstreams) {
      for (const { caller, method, params } of requests) {
        const view = world.views.find(({ name }) => `key_${name}` === caller.grantId);
        if (view === undefined || method !== 'tools/call') continue;
        const item = tools.find((one) => {
          return one.item.service === slug && one.item.key === params['name'];
        })?.item;
        assert.ok(item !== undefined && view.oracle.shows(item), `${view.name} asked ${slug}`);
        asked++;
      }
    }
    assert.ok(asked >= CELLS_MIN / 2, `${asked} calls were seen`);
  });

  test('and every cell was tried', (context) => {
    const seen = { doors: 3, views: world.views.length, methods: METHODS };
    context.diagnostic(matrix.finish({ ...seen, cells: CELLS_MIN }));
  });
});

type Body = EvilModel['journal'][number];

function namesIn(body: Body): readonly string[] {
  const offered = (body['tools'] ?? []) as readonly { readonly function: { name: string } }[];
  return offered.map((tool) => tool.function.name);
}

/** What the model was told of its calls, in their order. */
function resultsIn(body: Body): readonly string[] {
  const messages = body['messages'] as readonly { readonly role: string; content: string }[];
  return messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
}

/** Without what counts the calls and names the service that was written. */
function bare(result: string): string {
  return result.replace(/id="t\d+" service="[^"]*"/, '');
}
