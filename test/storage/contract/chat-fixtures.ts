import assert from 'node:assert/strict';
import type {
  Conversation,
  RunStart,
  RunWrite,
  StartRefusal,
  StoredMessage,
  TakenRun,
} from '../../../src/chat/store.ts';
import type { TenantId } from '../../../src/kernel/principal.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { A } from './fixtures.ts';

const run = { stepsMax: 9, totalMs: 1_000, parallelCallsMax: 2 };
/** Longer than a test. */
export const LIFE_MS = 60_000;

/** A conversation of a user. */
export const conversationOf = (id: string, ownerId: string, tenant = A): Conversation => ({
  id,
  tenant,
  owner: { kind: 'user', id: ownerId },
  title: `Title of ${id}`,
  agent: null,
  headId: null,
  sharedHeadId: null,
  createdAtMs: 1,
  changedAtMs: 1,
  version: 1,
});

/** A user’s message. */
export const messageOf = (id: string, conversationId: string, runId: string): StoredMessage => ({
  id,
  conversationId,
  parentId: null,
  role: 'user',
  parts: [{ type: 'text', text: `Words of ${id}` }],
  runId,
  createdAtMs: 5,
});

/** What begins. */
export interface Begun {
  readonly number: number;
  readonly owner?: string;
  readonly tenant?: TenantId;
  readonly change?: Partial<RunStart>;
}

/** A message in a conversation of its own, and its run. */
export function startOf({ number, owner = 'usr_1', tenant = A, change = {} }: Begun): RunStart {
  const conversationId = change.conversationId ?? `cnv_${number}`;
  const runId = `chr_${number}`;
  const isNew = change.conversationId === undefined;
  return {
    ...(isNew ? { begins: conversationOf(conversationId, owner, tenant) } : {}),
    conversationId,
    ownerId: owner,
    message: messageOf(`msg_${number}`, conversationId, runId),
    isAtHead: true,
    files: [],
    run: {
      id: runId,
      tenant,
      conversationId,
      status: 'running',
      stopReason: null,
      isStopAsked: false,
      grantId: 'key_1',
      credentialId: 'key_1',
      model: null,
      limits: {
        ...run,
        costMax: { nano: 12_345_678_901_234_567n, currency: 'EUR' },
        conversationCostMax: { nano: 9_007_199_254_740_993n, currency: 'USD' },
      },
      headId: `msg_${number}`,
      workedMs: 0,
      createdAtMs: 5 + number,
      endedAtMs: null,
      caller: {
        instructions: 'Be brief.',
        tools: [{ name: 'get', description: '', inputSchema: { type: 'object' } }],
        toolChoice: { name: 'get' },
        temperature: 0.5,
        isAttached: true,
        request: { store: true },
      },
    },
    holder: 'node1',
    lifeMs: LIFE_MS,
    ...change,
  };
}

/** Starts it. */
export async function started(storage: Storage, begun: Begun): Promise<TakenRun> {
  const taken = await storage.chats.runs.start(begun.tenant ?? A, startOf(begun));
  assert.ok(!('refused' in taken), 'it was refused');
  return taken;
}

/** Why it does not start. */
export const refusal = async (storage: Storage, begun: Begun): Promise<StartRefusal> => {
  const taken = await storage.chats.runs.start(begun.tenant ?? A, startOf(begun));
  assert.ok('refused' in taken, 'it started');
  return taken;
};

/** How a run ends. */
export const finish: RunWrite = {
  rest: { status: 'finished', reason: 'done' },
  workedMs: 3,
  atMs: 9,
};
