import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  createConversationDesk,
  type ConversationDesk,
} from '../../src/chat/desk/conversation-desk.ts';
import { createChatDesk, type ChatDesk, type Said } from '../../src/chat/desk/chat-desk.ts';
import { AgentBook } from '../../src/chat/agents/agent-book.ts';
import { createOpenPreset } from '../../src/chat/agents/open-preset.ts';
import type { ModelBook } from '../../src/chat/models/model-book.ts';
import { narrowPermissions } from '../../src/policy/narrow-permissions.ts';
import { RunKeeper, type RunKeeperOptions } from '../../src/chat/runs/run-keeper.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { newTenant } from '../storage/contract/fixtures.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { scriptedEngine, scriptedModels } from './scripted-engine.ts';
import { testPrincipal } from './test-principal.ts';

/** One instance of the chat on a store. */
export interface ChatInstance {
  readonly keeper: RunKeeper;
  readonly desk: ChatDesk;
  readonly agents: AgentBook;
  readonly conversations: ConversationDesk;
}

/** A store with two tenants, and whoever chats there. */
export interface ChatWorld {
  readonly storage: Storage;
  readonly ada: Principal;
  readonly bob: Principal;
  readonly eve: Principal;
  /** Whose grants are over. */
  readonly revoked: Set<string>;
  /** What tools are defined as. */
  readonly definitions: Map<string, string>;
  /** Another instance; `change` what is different there. */
  open(holder?: string, change?: Partial<RunKeeperOptions>, models?: ModelBook): ChatInstance;
}

/** Makes the world; it is gone when the test ends. */
export async function chatWorld(t: TestContext): Promise<ChatWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-chat-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  for (const id of ['ten_a', 'ten_b']) await storage.tenants.create(newTenant(tenantId(id)));
  const who = (tenant: string, name: string): Principal =>
    testPrincipal({ tenant, user: `usr_${name}`, grant: `key_${name}`, role: 'developer' });
  const people = [who('ten_a', 'ada'), who('ten_a', 'bob'), who('ten_b', 'eve')] as const;
  const [ada, bob, eve] = people;
  const revoked = new Set<string>();
  const definitions = new Map([['orders__cancel', 'd1']]);
  const opened: RunKeeper[] = [];
  t.after(async () => {
    for (const keeper of opened) await keeper[Symbol.asyncDispose]();
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  const open: ChatWorld['open'] = (holder = 'node1', change = {}, models = scriptedModels) => {
    const [store, ids, now] = [storage.chats, new IdSource(), Date.now] as const;
    const digestOf = (_principal: Principal, tool: string) => definitions.get(tool);
    const agents = new AgentBook({ store: storage.agents, models, ids, now });
    const keeper = new RunKeeper({
      store,
      engine: scriptedEngine,
      openPreset: createOpenPreset({ models, agents, system: 'Be brief.' }),
      narrow: (principal, tools) => ({
        ...principal,
        permissions: narrowPermissions(principal.permissions, tools),
      }),
      readmit: async ({ grantId }) =>
        revoked.has(grantId) ? undefined : people.find((one) => one.grantId === grantId),
      digestOf,
      holder,
      ids,
      log: silentLog,
      now,
      ...change,
    });
    opened.push(keeper);
    const conversations = createConversationDesk({ store, ids, now });
    return {
      keeper,
      agents,
      conversations,
      desk: createChatDesk({ store, keeper, agents, conversations, digestOf, ids, now }),
    };
  };
  return { storage, ada, bob, eve, revoked, definitions, open };
}

/** What is said with nothing unusual about it. */
export function saying(text: string, change: Partial<Said> = {}): Said {
  const usual = { conversationId: undefined, parentId: undefined, model: undefined };
  return { text, files: [], limits: {}, ...usual, ...change };
}
