import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { ChatStore } from '../store.ts';
import type { NumberedEvent } from '../chat-run.ts';
import type { LiveRun } from './live-run.ts';

/** Which events somebody reads. */
export interface Followed {
  readonly tenant: TenantId;
  readonly runId: string;
  /** The number of the last event that the reader has. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** Where events come from. */
export interface FollowSources {
  readonly store: ChatStore;
  live(runId: string): LiveRun | undefined;
}

/**
 * The events of a run behind a number, in order and without a gap, until it comes to rest or the
 * reader leaves. They are read from the store; an instance that works on the run says when there
 * are more, and elsewhere it is looked for them. Throws `too_many` for one reader too many.
 */
export async function* followRun(
  { store, live }: FollowSources,
  { tenant, runId, after, signal }: Followed,
): AsyncGenerator<NumberedEvent> {
  let last = after;
  while (!signal.aborted) {
    const watched = watch(live(runId), signal);
    try {
      const before = await store.runs.get(tenant, runId);
      if (before === undefined) return;
      for (;;) {
        const page = await store.runs.events(tenant, runId, last, limits.chatEventPageRows);
        for (const numbered of page) {
          last = numbered.seq;
          yield numbered;
          if (signal.aborted) return;
        }
        if (page.length < limits.chatEventPageRows) break;
      }
      // What was at rest before the last look has no more to say.
      if (before.status !== 'running') return;
      for await (const events of watched) {
        const fresh = events.filter(({ seq }) => seq > last);
        // What is between is in the store: it is read from there.
        if (fresh[0] !== undefined && fresh[0].seq > last + 1) break;
        for (const numbered of fresh) {
          last = numbered.seq;
          yield numbered;
        }
      }
    } finally {
      watched.leave();
    }
  }
}

interface Watched extends AsyncIterable<readonly NumberedEvent[]> {
  leave(): void;
}

/** What a live run says until it has come to rest; without one, nothing for a while. */
function watch(run: LiveRun | undefined, signal: AbortSignal): Watched {
  if (run !== undefined && run.listeners.size >= limits.chatReadersPerRunMax) {
    const text = `${limits.chatReadersPerRunMax} readers read this run; leave one of them.`;
    throw new GatewayError('too_many', text);
  }
  const queue: (readonly NumberedEvent[])[] = [];
  let isOver = false;
  let wake: (() => void) | undefined;
  const listener = (events: readonly NumberedEvent[] | undefined): void => {
    if (events === undefined) isOver = true;
    else queue.push(events);
    wake?.();
  };
  run?.listeners.add(listener);
  const left = (): void => {
    isOver = true;
    wake?.();
  };
  signal.addEventListener('abort', left, { once: true });
  const leave = (): void => {
    run?.listeners.delete(listener);
    signal.removeEventListener('abort', left);
  };
  async function* said(): AsyncGenerator<readonly NumberedEvent[]> {
    if (run === undefined) {
      await pause(limits.chatEventPollMs, (stop) => (wake = stop));
      return;
    }
    for (;;) {
      yield* queue.splice(0);
      if (isOver) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return { leave, [Symbol.asyncIterator]: () => said() };
}

function pause(ms: number, onStop: (stop: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    onStop(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
