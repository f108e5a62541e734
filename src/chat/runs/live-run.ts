import type { Principal } from '../../kernel/principal.ts';
import type { ChatRun, NumberedEvent, RunFence } from '../chat-run.ts';
import type { StoredJournal } from './run-journal.ts';

/** Hears of events that were written; of nothing when the run has come to rest here. */
export type EventListener = (events: readonly NumberedEvent[] | undefined) => void;

/** A run that this instance works on. */
export interface LiveRun {
  readonly run: ChatRun;
  readonly fence: RunFence;
  readonly journal: StoredJournal;
  readonly controller: AbortController;
  readonly listeners: Set<EventListener>;
  /** Who it works for, with what they may do now. */
  principal: Principal;
  /** The patterns of tools that its agent may use; null for all. */
  readonly allowed: readonly string[] | null;
  /** Why it is to end, when nobody let it. */
  end: 'stopped' | 'not_allowed' | 'lost' | 'shutdown' | undefined;
  /** When the lease was last known to be ours, epoch milliseconds. */
  heldAtMs: number;
  /** Resolves when it has come to rest. */
  done: Promise<void>;
}
