import { cancellable } from '../../kernel/cancellable.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { InFlight } from '../../kernel/in-flight.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { requireTasks } from '../../mcp/tasks-extension.ts';
import type { Permitted } from '../exchange.ts';
import type { Filter, Forward } from '../filter.ts';
import { paramsDigest } from '../params-digest.ts';
import { isKeyedWork } from './idempotency-key.ts';
import { KeptResults, type RepeatableOutcome } from './kept-results.ts';
import { isTask } from '../task-outcome.ts';

/** A call with a key that is under way. */
interface Running {
  readonly digest: string;
  /** What others may take as theirs; undefined when there is nothing of that kind. */
  readonly ended: Promise<RepeatableOutcome | undefined>;
}

/**
 * Answers a call that was made before with the same idempotency key: one that is still under way
 * is waited for; a good result, or the task that it became, is given again. What failed, or asked
 * for input, runs again; its price is charged once all the same, for the charge goes by the key.
 */
export class RepeatedCalls {
  readonly #running = new InFlight<string, Running>();
  readonly #kept: KeptResults;

  constructor(now: () => number = Date.now) {
    this.#kept = new KeptResults(now);
  }

  readonly filter: Filter = {
    // What is asked about a task has the key of its call, and another answer each time.
    concerns: ({ workId, request }) => isKeyedWork(workId) && !request.method.startsWith('tasks/'),
    needsWhole: () => true,
    filter: (permitted, next) => this.#answer(permitted, next),
  };

  /** Whether the call was made before, and its result is here. */
  isKept(permitted: Permitted): boolean {
    return this.filter.concerns(permitted) && this.#kept.get(permitted.workId) !== undefined;
  }

  async #answer(permitted: Permitted, next: Forward): Promise<McpOutcome> {
    const { workId, io } = permitted;
    const digest = digestOf(permitted);
    for (;;) {
      const kept = this.#kept.get(workId);
      if (kept !== undefined) return replayed(permitted, sameCall(kept, digest).outcome);
      const running = this.#running.get(workId);
      if (running === undefined) return await this.#run(permitted, digest, next);
      const { ended } = sameCall(running, digest);
      const outcome = await cancellable(ended, io.cancellation);
      if (outcome !== undefined) return replayed(permitted, outcome);
    }
  }

  async #run(permitted: Permitted, digest: string, next: Forward): Promise<McpOutcome> {
    const { workId } = permitted;
    const { promise: ended, resolve } = Promise.withResolvers<RepeatableOutcome | undefined>();
    this.#running.set(workId, { digest, ended });
    let good: RepeatableOutcome | undefined;
    try {
      const outcome = await next(permitted);
      good = isGood(outcome) ? outcome : undefined;
      if (good !== undefined) this.#kept.put(workId, digest, good);
      return outcome;
    } finally {
      this.#running.take(workId);
      resolve(good);
    }
  }
}

function isGood(outcome: McpOutcome): outcome is RepeatableOutcome {
  if (isTask(outcome)) return true;
  if (outcome.resultType !== 'complete') return false;
  const { result } = outcome;
  return !result.has('isError') || result.memberIs('isError', 'false');
}

/** The same task has the same id, which whoever takes no tasks could do nothing with. */
function replayed(
  { request }: Permitted,
  { resultType, result }: RepeatableOutcome,
): RepeatableOutcome {
  if (resultType === 'extension') requireTasks(request.client);
  return { resultType, result, isReplayed: true };
}

/** What the call is about. */
function digestOf({ request, target }: Permitted): string {
  const live = 'live' in target ? target.live.service.id : '';
  return [request.method, live, paramsDigest(request.params)].join('\n');
}

function sameCall<Known extends { readonly digest: string }>(known: Known, digest: string): Known {
  if (known.digest === digest) return known;
  const text = 'This idempotency key belongs to a call with other arguments; use a new key.';
  throw new GatewayError('conflict', text);
}
