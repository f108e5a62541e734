import type { ChatMessage, MessagePart } from '../../../src/chat/conversations/message.ts';
import type { ModelCost } from '../../../src/chat/models/model-book.ts';
import type {
  AssistantFacts,
  CallState,
  RunAnswer,
  RunEvent,
  RunJournal,
  SpentSum,
} from '../../../src/chat/loop/agent-engine.ts';

/** What outlives a process. */
export interface JournalDisk {
  readonly messages: ChatMessage[];
  readonly calls: Map<string, CallState>;
  readonly answers: RunAnswer[];
  readonly allowed: Set<string>;
  readonly events: RunEvent[];
  /** By id; what other runs spent has an id that begins with `other`. */
  readonly spent: Map<string, ModelCost>;
}

/** An empty one, or one that begins with what a user said. */
export function journalDisk(text?: string, runId = 'chr_1'): JournalDisk {
  const parts: MessagePart[] = text === undefined ? [] : [{ type: 'text', text }];
  const first: ChatMessage[] =
    text === undefined
      ? []
      : [{ id: 'msg_0', parentId: null, role: 'user', parts, runId, createdAtMs: 0 }];
  const empty = { answers: [], allowed: new Set<string>(), events: [] };
  return { messages: first, calls: new Map(), spent: new Map(), ...empty };
}

/** When the process of a journal dies. */
export interface JournalDeath {
  /** At which of its operations, from 1. */
  readonly at: number;
  /** Whether what that one writes is durable. */
  readonly isWritten: boolean;
}

/** A journal in memory, whose process may die at any of its operations. */
export class MemoryRunJournal implements RunJournal {
  readonly #disk: JournalDisk;
  readonly #runId: string;
  readonly #death: JournalDeath | undefined;
  #operations = 0;
  #waiting: RunEvent[] = [];

  constructor(disk: JournalDisk, death?: JournalDeath, runId = 'chr_1') {
    this.#disk = disk;
    this.#death = death;
    this.#runId = runId;
  }

  get isDead(): boolean {
    return this.#death !== undefined && this.#operations >= this.#death.at;
  }

  history(): Promise<readonly ChatMessage[]> {
    return this.#do(() => [...this.#disk.messages]);
  }

  openCalls(): Promise<ReadonlyMap<string, CallState | undefined>> {
    return this.#do(() => {
      const last = this.#disk.messages.at(-1);
      const calls = (last?.parts ?? []).flatMap((part) =>
        part.type === 'tool_call' ? part.callId : [],
      );
      return new Map(calls.map((id) => [id, this.#disk.calls.get(id)]));
    });
  }

  append(
    role: ChatMessage['role'],
    parts: readonly MessagePart[],
    facts?: AssistantFacts,
  ): Promise<ChatMessage> {
    return this.#do(() => {
      const { messages } = this.#disk;
      const made = { id: `msg_${messages.length}`, parentId: messages.at(-1)?.id ?? null };
      const { model, usage, cost } = facts ?? {};
      const said = { role, parts, runId: this.#runId, createdAtMs: 0 };
      const about = facts ? { model, usage, ...(cost && { cost }) } : {};
      const message = { ...made, ...said, ...about } as ChatMessage;
      messages.push(message);
      return message;
    });
  }

  noteCall(callId: string, state: CallState, cost?: ModelCost): Promise<void> {
    return this.#do(() => {
      this.#disk.calls.set(callId, state);
      if (cost !== undefined) this.#disk.spent.set(callId, cost);
    });
  }

  spent(): Promise<readonly SpentSum[]> {
    return this.#do(() =>
      [...this.#disk.spent].map(([id, cost]) => ({ ...cost, isOfRun: !id.startsWith('other') })),
    );
  }

  holdCost(most: ModelCost): Promise<string> {
    return this.#do(() => {
      const id = `spt_${this.#disk.spent.size}`;
      this.#disk.spent.set(id, most);
      return id;
    });
  }

  settleCost(id: string, cost: ModelCost): Promise<void> {
    return this.#do(() => void this.#disk.spent.set(id, cost));
  }

  answers(): Promise<readonly RunAnswer[]> {
    return this.#do(() => [...this.#disk.answers]);
  }

  alwaysAllowed(): Promise<ReadonlySet<string>> {
    return this.#do(() => new Set(this.#disk.allowed));
  }

  emit(event: RunEvent): void {
    if (this.isDead) return;
    this.#waiting.push(event);
    this.#flush();
  }

  #flush(): void {
    this.#disk.events.push(...this.#waiting);
    this.#waiting = [];
  }

  async #do<Value>(operation: () => Value): Promise<Value> {
    if (this.isDead) throw new Error('The process is dead.');
    this.#operations += 1;
    await Promise.resolve();
    if (!this.isDead) return operation();
    if (this.#operations === this.#death?.at && this.#death.isWritten) operation();
    throw new Error('The process is dead.');
  }
}
