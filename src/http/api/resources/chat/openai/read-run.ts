import type { NumberedEvent } from '../../../../../chat/chat-run.ts';
import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import { declineWaits, type UnaskedRun } from '../../../../../chat/desk/settle-unasked.ts';

/** Which run is read, from where, and what a protocol cannot ask of its user. */
export interface ReadRun extends UnaskedRun {
  /** The number of the last event that is not wanted. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/**
 * The events of a run until it is over or waits for something that the protocol can ask; to
 * everything else the answer is no.
 */
export async function* readRun(desk: ChatDesk, read: ReadRun): AsyncGenerator<NumberedEvent> {
  const { principal, runId, signal } = read;
  for (let last = read.after; ;) {
    for await (const numbered of await desk.follow(principal, runId, last, signal)) {
      last = numbered.seq;
      yield numbered;
    }
    if (signal.aborted) return;
    if (!(await declineWaits(desk, read))) return;
  }
}
