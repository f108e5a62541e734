import { cancellable } from '../../kernel/cancellable.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { InFlight } from '../../kernel/in-flight.ts';
import type { CompleteOutcome, McpOutcome } from '../../mcp/message.ts';
import type { Permitted } from '../exchange.ts';
import type { Filter, Forward } from '../filter.ts';
import { paramsDigest } from '../params-digest.ts';
import { isKeyedWork } from './idempotency-key.ts';
import { KeptResults } from './kept-results.ts';

/** A call with a key that is under way. */
interface Running {
  readonly digest: string;
  /** What others may take as theirs; undefined when there is nothing of that kind. */
  readonly ended: Promise<CompleteOutcome | undefined>;
}

/**
 * Answers a call that was made before with the same idempotency key: one that is still under way
 * is waited for, a good result is given again. What failed, or asked for input, runs again; its
 * price is charged once all the same, for the charge goes by the key.
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

  async #answer(permitted: Permitted, next: Forward): Promise<McpOutcome> {
    const { workId, io } = permitted;
    const digest = digestOf(permitted);
    for (;;) {
      const kept = this.#kept.get(workId);
      if (kept !== undefined) return replayed(sameCall(kept, digest).result);
      const running = this.#running.get(workId);
      if (running === undefined) return await this.#run(permitted, digest, next);
      const { ended } = sameCall(running, digest);
      const outcome = await cancellable(ended, io.cancellation);
      if (outcome !== undefined) return replayed(outcome.result);
    }
  }

  async #run(permitted: Permitted, digest: string, next: Forward): Promise<McpOutcome> {
    const { workId } = permitted;
    const { promise: ended, resolve } = Promise.withResolvers<CompleteOutcome | undefined>();
    this.#running.set(workId, { digest, ended });
    let good: CompleteOutcome | undefined;
    try {
      const outcome = await next(permitted);
      good = isGood(outcome) ? outcome : undefined;
      if (good !== undefined) this.#kept.put(workId, digest, good.result);
      return outcome;
    } finally {
      this.#running.take(workId);
      resolve(good);
    }
  }
}

function isGood(outcome: McpOutcome): outcome is CompleteOutcome {
  if (outcome.resultType !== 'complete') return false;
  const { result } = outcome;
  return !result.has('isError') || result.memberIs('isError', 'false');
}

function replayed(result: CompleteOutcome['result']): CompleteOutcome {
  return { resultType: 'complete', result, isReplayed: true };
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
