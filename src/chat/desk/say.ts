import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { AgentBook } from '../agents/agent-book.ts';
import { agentRunLimits } from '../agents/agent-run-limits.ts';
import type { AgentSettings } from '../agents/agent.ts';
import type { CallerTerms } from '../caller-terms.ts';
import type { ChatRun } from '../chat-run.ts';
import type { NewArtifact } from '../conversations/artifact-store.ts';
import { hashFile } from '../conversations/check-file.ts';
import type { AgentValues, ConversationAgent } from '../conversations/conversation-agent.ts';
import type { Conversation, StoredMessage } from '../conversations/conversation.ts';
import { titleOf } from '../conversations/title-of.ts';
import type { RunLimits } from '../loop/agent-engine.ts';
import type { RunKeeper } from '../runs/run-keeper.ts';
import type { ConversationDesk } from './conversation-desk.ts';
import { resolveModel } from './resolve-model.ts';

/** The agent that a conversation is to begin with. */
export interface SaidAgent {
  readonly slug: string;
  /** Undefined for the published one; another is for who may manage agents. */
  readonly version?: number | undefined;
  readonly values: AgentValues;
}

/** What a person says, and how it is to be answered. */
export interface Said {
  readonly text: string;
  readonly files: readonly NewArtifact[];
  /** The conversation that it goes on with; undefined for a new one. */
  readonly conversationId: string | undefined;
  /** The message that it follows; null for none, undefined for the last one. */
  readonly parentId: string | null | undefined;
  /** See `resolveModel`. */
  readonly model: string | undefined;
  readonly agent?: SaidAgent | undefined;
  readonly limits: Partial<RunLimits>;
  /** What a client of models brings besides; absent for a person. */
  readonly caller?: CallerTerms;
}

/** What saying something needs. */
export interface SayContext {
  readonly keeper: RunKeeper;
  readonly conversations: ConversationDesk;
  readonly agents: Pick<AgentBook, 'choose' | 'isOf' | 'settingsOf'>;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

/** Keeps a message and starts the run that answers it. */
export async function say(context: SayContext, principal: Principal, said: Said): Promise<ChatRun> {
  const { keeper, ids, now } = context;
  const { subject, tenant } = principal;
  const resolved = resolveModel(said.model);
  const chosen = await agentFor(context, principal, said, resolved.agent);
  checkModel(chosen, resolved.model);
  const atMs = now();
  const place = { runId: ids.next('chr'), conversationId: said.conversationId ?? ids.next('cnv') };
  const { conversationId } = place;
  const files = said.files.map((file) => hashFile(ids.next('art'), file));
  const message = messageOf(said, files, { ...place, id: ids.next('msg'), atMs });
  const begins: Conversation = {
    id: conversationId,
    tenant,
    owner: subject,
    title: titleOf(said.text),
    agent: chosen.kept,
    headId: null,
    sharedHeadId: null,
    createdAtMs: atMs,
    changedAtMs: atMs,
    version: 1,
  };
  const run = runOf(principal, message, { ...said, model: resolved.model, chosen });
  const live = await keeper.begin(principal, {
    ...(said.conversationId === undefined && { begins }),
    agent: chosen.kept,
    conversationId,
    ownerId: subject.id,
    message,
    isAtHead: said.parentId === undefined,
    files,
    run,
  });
  return live.run;
}

interface Chosen {
  readonly kept: ConversationAgent | null;
  readonly settings: AgentSettings | undefined;
}

/** What the conversation goes by: its own agent when it goes on, the one that is named else. */
async function agentFor(
  { agents, conversations }: SayContext,
  principal: Principal,
  { agent, conversationId }: Said,
  named: string | undefined,
): Promise<Chosen> {
  const { tenant, permissions } = principal;
  if (agent !== undefined && named !== undefined && named !== agent.slug) {
    throw new GatewayError('invalid_params', 'model: names another agent than "agent" does.');
  }
  const slug = agent?.slug ?? named;
  const goesOn =
    conversationId === undefined ? undefined : await conversations.own(principal, conversationId);
  if (slug === undefined && goesOn === undefined) return { kept: null, settings: undefined };
  if (goesOn === undefined) {
    const mayTry = permissions.actions.has('agents.manage');
    const choice = { number: agent?.version, values: agent?.values ?? {}, mayTry };
    const { kept, settings } = await agents.choose(tenant, slug ?? '', choice);
    return { kept, settings };
  }
  const isSame = slug !== undefined && (await agents.isOf(tenant, goesOn.agent, slug));
  if (slug !== undefined && (!isSame || agent?.version !== undefined)) {
    const text = 'agent: a conversation keeps what it began with; leave it out, or session_id.';
    throw new GatewayError('invalid_params', text);
  }
  return { kept: goesOn.agent, settings: await agents.settingsOf(tenant, goesOn.agent) };
}

function checkModel({ settings }: Chosen, model: string | undefined): void {
  const own = settings?.model ?? null;
  if (own === null || model === undefined || model === own) return;
  throw new GatewayError('invalid_params', `model: this agent asks "${own}"; leave it out.`);
}

function messageOf(
  { text, parentId }: Said,
  files: readonly ReturnType<typeof hashFile>[],
  place: {
    readonly id: string;
    readonly conversationId: string;
    readonly runId: string;
    readonly atMs: number;
  },
): StoredMessage {
  const { id, conversationId, runId, atMs } = place;
  return {
    id,
    conversationId,
    parentId: parentId ?? null,
    role: 'user',
    parts: [
      ...(text === '' ? [] : [{ type: 'text', text } as const]),
      ...files.map(({ id: artifactId, mediaType, name }) => ({
        type: 'file' as const,
        mediaType,
        artifactId,
        ...(name !== null && { name }),
      })),
    ],
    runId,
    createdAtMs: atMs,
  };
}

function runOf(
  { tenant, grantId, credentialId }: Principal,
  { id: headId, runId: id, conversationId, createdAtMs }: StoredMessage,
  asked: {
    readonly model: string | undefined;
    readonly chosen: Chosen;
    readonly limits: Partial<RunLimits>;
    readonly caller?: CallerTerms;
  },
): ChatRun {
  const { settings } = asked.chosen;
  return {
    id,
    tenant,
    conversationId,
    status: 'running',
    stopReason: null,
    isStopAsked: false,
    grantId,
    credentialId,
    model: asked.model ?? null,
    limits:
      settings === undefined
        ? { ...usualLimits, ...asked.limits }
        : agentRunLimits(usualLimits, settings.limits, asked.limits),
    headId,
    workedMs: 0,
    createdAtMs,
    endedAtMs: null,
    caller: asked.caller ?? null,
  };
}

const usualLimits: RunLimits = {
  stepsMax: limits.chatSteps,
  totalMs: limits.chatRunMs,
  parallelCallsMax: limits.chatParallelCalls,
};
