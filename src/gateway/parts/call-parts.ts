import type { Log } from '../../kernel/log.ts';
import { isListen } from '../../mcp/protocol.ts';
import { declaresTasks } from '../../mcp/tasks-extension.ts';
import {
  partAfter,
  partId,
  recordAfter,
  type AnnouncingLog,
  type UsagePart,
} from '../../metering/store.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import { lostEnding, partEnding } from '../ending.ts';
import type { Permitted, Target } from '../exchange.ts';
import type { Spending } from '../spending/spend-control.ts';
import type { AskedFactsOf } from '../usage-facts.ts';
import { usageRecordOf } from './usage-record-of.ts';

/** What recording in parts takes. */
export interface CallPartsContext {
  readonly usageLog: Pick<AnnouncingLog, 'append' | 'announce'>;
  readonly nodeId: string;
  readonly askedFactsOf: AskedFactsOf;
  readonly log: Log;
  /** From one record of an exchange to the next. */
  readonly everyMs: number;
}

/** An exchange on its way. */
export interface RunningCall {
  readonly permitted: Permitted;
  readonly spending: Spending | undefined;
  /** On the monotonic clock. */
  readonly calledMonotonicMs: number;
  dueMs: number;
  isForwarded: boolean;
  /** What its parts say together; undefined before the first. */
  before: UsagePart | undefined;
  /** A part that may not be durable: it is written again as it is, so that it counts once. */
  unsent: UsageRecord | undefined;
  writing: Promise<void> | undefined;
  /** Where it is kept. */
  readonly place: number;
}

/**
 * Records exchanges that run long while they run, where a rule of the tenant charges time, bytes
 * or events: a process that is killed loses the usage of one interval at most. With each part the
 * exchange is announced anew, so that a later process closes it as `unknown_crash`.
 */
export class CallParts {
  readonly #context: CallPartsContext;
  /**
   * Places of those on their way, used again. No map: a table that it outgrew keeps what it held
   * alive until the old generation is collected, which made calls outlive their answers.
   */
  readonly #running: (RunningCall | undefined)[] = [];
  readonly #free: number[] = [];
  #latest: RunningCall | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: CallPartsContext) {
    this.#context = context;
  }

  /** An exchange begins; it has no parts before it is forwarded. */
  begin(
    permitted: Permitted,
    spending: Spending | undefined,
    calledMonotonicMs: number,
  ): RunningCall {
    const call: RunningCall = {
      permitted,
      spending,
      calledMonotonicMs,
      dueMs: calledMonotonicMs + this.#context.everyMs,
      isForwarded: false,
      before: undefined,
      unsent: undefined,
      writing: undefined,
      place: this.#free.pop() ?? this.#running.length,
    };
    this.#running[call.place] = call;
    this.#latest = call;
    if (this.#timer === undefined) this.#arm(this.#context.everyMs);
    return call;
  }

  /** From now on somebody works on it: what waits for an approval or another call is not used. */
  forwarded(attemptId: string): void {
    const isIt = (call: RunningCall | undefined): boolean =>
      call?.permitted.attemptId === attemptId;
    // Hardly any waits between its beginning and here.
    const call = isIt(this.#latest) ? this.#latest : this.#running.find((one) => isIt(one));
    if (call !== undefined) call.isForwarded = true;
  }

  /**
   * The exchange is over. What its parts say, once they are durable; undefined when it has none.
   * Rejects as the log does.
   */
  end(call: RunningCall): Promise<UsagePart> | undefined {
    this.#running[call.place] = undefined;
    this.#free.push(call.place);
    if (this.#latest === call) this.#latest = undefined;
    const { before } = call;
    return before === undefined ? undefined : this.#written(call, before);
  }

  /** Writes the parts that are due at a moment of the monotonic clock. */
  beat(nowMs: number): void {
    const { everyMs } = this.#context;
    for (const call of this.#running) {
      if (call === undefined || call.dueMs > nowMs) continue;
      call.dueMs = nowMs + everyMs;
      if (call.isForwarded && call.writing === undefined && this.#isInParts(call)) {
        call.writing = this.#write(call);
      }
    }
  }

  #arm(waitMs: number): void {
    const fire = (): void => {
      this.#timer = undefined;
      this.beat(performance.now());
      const dueMs = this.#running.reduce(
        (least, call) => Math.min(least, call?.dueMs ?? least),
        Infinity,
      );
      if (dueMs !== Infinity) this.#arm(Math.max(1, dueMs - performance.now()));
    };
    this.#timer = setTimeout(fire, waitMs).unref();
  }

  async #written(call: RunningCall, before: UsagePart): Promise<UsagePart> {
    await call.writing;
    if (call.unsent !== undefined) await this.#context.usageLog.append(call.unsent);
    return before;
  }

  /** Never rejects: a part that cannot be kept now is tried again. */
  async #write(call: RunningCall): Promise<void> {
    const { usageLog, log } = this.#context;
    const record = (call.unsent ??= this.#partOf(call));
    try {
      await Promise.all([usageLog.append(record), usageLog.announce(this.#lostOf(call))]);
      call.unsent = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown failure';
      log.error({ reason, workId: record.chargeKey }, 'a part of a call could not be recorded');
    } finally {
      call.writing = undefined;
    }
  }

  /** The next part, from where the one before ended. */
  #partOf(call: RunningCall): UsageRecord {
    const { permitted, calledMonotonicMs, before, spending } = call;
    const ending = partEnding(permitted, calledMonotonicMs);
    const whole = usageRecordOf(this.#context.nodeId, permitted, ending);
    const first = { durationMs: 0, upstreamMs: 0, bytesIn: 0, bytesOut: 0, events: 0 };
    const own = recordAfter(whole, before ?? { of: whole.id, number: 1, ...first });
    call.before = partAfter(own);
    const id = partId(whole.id, call.before.number - 1);
    const record = { ...own, id };
    return spending === undefined ? record : { ...record, holds: spending.settlePart(record) };
  }

  /** What a later process keeps when this one does not live to record the end. */
  #lostOf({ permitted, before }: RunningCall): UsageRecord {
    const lost = usageRecordOf(this.#context.nodeId, permitted, lostEnding(permitted));
    return { ...lost, bytesIn: 0, events: 0, part: JSON.stringify(before) };
  }

  #isInParts({ permitted }: RunningCall): boolean {
    const { principal, request, target } = permitted;
    const { era, capabilities } = request.client;
    // What becomes a task is recorded whole when the task ends.
    if (era === 'modern' && declaresTasks(capabilities) && !isListen(request)) return false;
    const asked = this.#context.askedFactsOf(principal.tenant);
    if (asked === undefined) return false;
    const tool = 'name' in target ? target.name : null;
    return slugsOf(target).some((service) => {
      return asked.isInParts({ service, tool, method: request.method });
    });
  }
}

/** The services that may have answered; what the gateway answers itself is of none. */
function slugsOf(target: Target): readonly (string | null)[] {
  if (target.kind === 'gateway') return [null];
  const lives = target.kind === 'search' ? target.candidates : [target.live];
  return lives.map(({ service }) => service.slug);
}
