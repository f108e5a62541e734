import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { StoredMessage } from '../conversations/conversation.ts';
import type { ChatMessage, MessagePart, ToolCallPart } from '../conversations/message.ts';
import type { ModelCost } from '../models/model-book.ts';
import type {
  AssistantFacts,
  CallState,
  RunAnswer,
  RunEvent,
  RunJournal,
  SpentSum,
} from '../loop/agent-engine.ts';
import type { ChatStore } from '../store.ts';
import type { NumberedEvent, RunRestWrite, RunWrite, TakenRun } from '../chat-run.ts';
import { RunOutbox, type EventBounds } from './run-outbox.ts';

/** What the journal of a run needs. */
export interface JournalOptions {
  readonly store: ChatStore;
  readonly taken: TakenRun;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
  /** The digest of a tool's definition as it is now; undefined for no such tool. */
  digestOf(tool: string): string | undefined;
  /** Told of events once they are durable. */
  written(events: readonly NumberedEvent[]): void;
  /** Told when the run's user wants it to end, and when it is another's. */
  stopAsked(): void;
  lost(): void;
  readonly bounds?: EventBounds;
}

type Write = Omit<RunWrite, 'workedMs' | 'atMs' | 'events'>;

/**
 * What one holder of a run writes down: every write is one transaction, refused when the run is
 * another's, and carries the events that came before it. Readers see an event when it is durable,
 * so a number that one of them has seen means the same after a crash.
 */
export class StoredJournal implements RunJournal {
  readonly #options: JournalOptions;
  readonly #outbox: RunOutbox;
  readonly #sinceMs: number;
  #headId: string;
  #writing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed: GatewayError | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#headId = options.taken.run.headId;
    this.#sinceMs = options.now();
    this.#outbox = new RunOutbox(options.taken.lastSeq, options.bounds);
  }

  async history(): Promise<readonly ChatMessage[]> {
    const { store, taken } = this.#options;
    const { tenant, conversationId } = taken.run;
    return store.conversations.branch(tenant, conversationId, this.#headId);
  }

  async openCalls(): Promise<ReadonlyMap<string, CallState | undefined>> {
    const { store, taken } = this.#options;
    const calls = openCallsOf(await this.history());
    if (calls.length === 0) return new Map();
    const states = await store.runs.calls(taken.run.tenant, taken.run.id);
    return new Map(calls.map(({ callId }) => [callId, states.get(callId)]));
  }

  async append(
    role: ChatMessage['role'],
    parts: readonly MessagePart[],
    of?: AssistantFacts,
  ): Promise<ChatMessage> {
    const { taken, ids, now } = this.#options;
    const { id: runId, conversationId } = taken.run;
    const facts = of && { model: of.model, usage: of.usage, ...(of.cost && { cost: of.cost }) };
    const made = { id: ids.next('msg'), conversationId, parentId: this.#headId };
    const said = { role, parts, runId, createdAtMs: now() };
    const message: StoredMessage = { ...made, ...said, ...facts };
    await this.#write({ message });
    this.#headId = message.id;
    return message;
  }

  async noteCall(callId: string, state: CallState, cost?: ModelCost): Promise<void> {
    const id = `${this.#options.taken.run.id}.${callId}`;
    await this.#write({ call: { callId, state }, ...(cost && { spent: { id, ...cost } }) });
  }

  async spent(): Promise<readonly SpentSum[]> {
    const { store, taken } = this.#options;
    const { tenant, id: runId, conversationId } = taken.run;
    return store.runs.spent(tenant, { runId, conversationId });
  }

  async holdCost(most: ModelCost): Promise<string> {
    const id = this.#options.ids.next('spt');
    await this.#write({ spent: { id, ...most } });
    return id;
  }

  async settleCost(id: string, cost: ModelCost): Promise<void> {
    await this.#write({ spent: { id, ...cost } });
  }

  async answers(): Promise<readonly RunAnswer[]> {
    const { store, taken } = this.#options;
    const waits = await store.runs.waits(taken.run.tenant, taken.run.id);
    return waits.flatMap(({ answer }) => answer ?? []);
  }

  async alwaysAllowed(): Promise<ReadonlySet<string>> {
    const { store, taken, digestOf } = this.#options;
    const all = await store.runs.allowed(taken.run.tenant, taken.run.conversationId);
    // Another definition is another tool: whoever allowed this one has not seen that one.
    const same = all.filter(({ tool, digest }) => digestOf(tool) === digest);
    return new Set(same.map(({ tool }) => tool));
  }

  emit(event: RunEvent): void {
    // How it comes to rest is told when it does: see `rest`.
    if (event.type === 'finished' || event.type === 'waiting') return;
    this.#add(event);
  }

  /** Writes how the run came to rest; nothing can be written afterwards. */
  async rest(rest: RunRestWrite): Promise<void> {
    this.#add(
      rest.status === 'finished'
        ? { type: 'finished', reason: rest.reason }
        : { type: 'waiting', waits: rest.waits },
    );
    await this.#write({ rest });
    this.close(new GatewayError('conflict', 'The run is over.'));
  }

  /** Writes what is on its way. */
  async flush(): Promise<void> {
    if (!this.#outbox.isEmpty) await this.#write({});
  }

  /** Refuses every further write with this error. */
  close(error: GatewayError): void {
    this.#closed ??= error;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #add(event: RunEvent): void {
    if (this.#closed !== undefined) return;
    const isNow = this.#outbox.add(event);
    if (isNow) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        // What cannot be written now is written with what comes next.
        this.flush().catch(() => {});
      },
      isNow ? 0 : limits.chatEventGatherMs,
    );
  }

  /** One write after the other, so that their order is the order in which they were asked for. */
  #write(write: Write): Promise<void> {
    const mine = this.#writing.then(() => this.#put(write));
    this.#writing = mine.catch(() => {});
    return mine;
  }

  async #put(write: Write): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    const { store, taken, now, written, stopAsked, lost } = this.#options;
    const events = this.#outbox.take();
    const atMs = now();
    const workedMs = taken.run.workedMs + atMs - this.#sinceMs;
    try {
      const whole = { ...write, events, workedMs, atMs };
      const { isStopAsked } = await store.runs.write(taken.run.tenant, taken.fence, whole);
      written(events);
      if (isStopAsked) stopAsked();
    } catch (error) {
      this.#outbox.putBack(events);
      if (error instanceof GatewayError && error.code === 'conflict') {
        this.close(error);
        lost();
      }
      throw error;
    }
  }
}

/** The calls of the last assistant message of a branch that have no result yet. */
export function openCallsOf(branch: readonly ChatMessage[]): readonly ToolCallPart[] {
  const at = branch.findLastIndex(({ role }) => role === 'assistant');
  const calls = (branch[at]?.parts ?? []).filter((part) => part.type === 'tool_call');
  const later = branch.slice(at + 1).flatMap(({ parts }) => parts);
  const done = new Set(later.flatMap((part) => (part.type === 'tool_result' ? part.callId : [])));
  return calls.filter(({ callId }) => !done.has(callId));
}
