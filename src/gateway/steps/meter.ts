import type { McpOutcome } from '../../mcp/message.ts';
import { recordAfter, type AnnouncingLog, type UsageLog } from '../../metering/store.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import { failureEnding, lostEnding, outcomeEnding, type Ending } from '../ending.ts';
import type { Permitted } from '../exchange.ts';
import { shownCost, type ShownCosts } from './shown-cost.ts';
import type { Observer } from '../observer.ts';
import type { CallParts, RunningCall } from '../parts/call-parts.ts';
import { usageRecordOf } from '../parts/usage-record-of.ts';
import type { Hold } from '../spine.ts';

/** What the metering step is made from. */
export interface MeterContext {
  readonly usageLog: UsageLog;
  readonly nodeId: string;
  readonly observers: readonly Observer[];
  /** What results say of their cost; without it nothing. */
  readonly shownCosts?: ShownCosts;
  /** Tells the log of calls before they are made; without it of none. */
  readonly announcing?: Announcing;
  /** Records long exchanges while they run; without it when they end. */
  readonly parts?: CallParts | undefined;
}

/** Which calls are announced, and where. */
export interface Announcing {
  readonly usageLog: Pick<AnnouncingLog, 'announce'>;
  /** Whether all are, or those alone that somebody is paid for. */
  readonly isForAll: boolean;
}

/** Makes the metering step: a durable record of every permitted exchange, more of a long one. */
export function createMeter(
  context: MeterContext,
): (permitted: Permitted, hold: Hold, run: () => Promise<McpOutcome>) => Promise<McpOutcome> {
  const { observers, announcing, nodeId } = context;
  return async (permitted, hold, run) => {
    let ending: Ending | undefined;
    permitted.io.recorded?.(permitted.attemptId);
    const calledMonotonicMs = performance.now();
    const call = context.parts?.begin(permitted, hold.spending, calledMonotonicMs);
    try {
      // A call that nobody could tell of afterwards is not made.
      if (announcing !== undefined && isAnnounced(announcing, permitted)) {
        const lost = usageRecordOf(nodeId, permitted, lostEnding(permitted));
        await announcing.usageLog.announce(lost);
      }
      const outcome = await run();
      ending = outcomeEnding(permitted, outcome, calledMonotonicMs);
      const whole = usageRecordOf(nodeId, permitted, ending);
      await keep(context, whole, hold, call);
      return shownCost(context.shownCosts, permitted, whole, outcome);
    } catch (error) {
      // A record that could not be kept is the log's failure, not a second ending.
      if (ending !== undefined) throw error;
      ending = failureEnding(permitted, error, calledMonotonicMs);
      await keep(context, usageRecordOf(nodeId, permitted, ending), hold, call);
      throw error;
    } finally {
      if (ending !== undefined) {
        const settling = hold.settle(ending);
        if (settling instanceof Promise) await settling;
        for (const observer of observers) observer.observe(permitted, ending);
      }
    }
  };
}

/** Keeps what its parts have not said yet, and what it may cost. */
function keep(
  { usageLog, parts }: MeterContext,
  whole: UsageRecord,
  { spending }: Hold,
  call: RunningCall | undefined,
): Promise<void> {
  const append = (record: UsageRecord): Promise<void> =>
    usageLog.append(
      spending === undefined ? record : { ...record, holds: spending.settle(record) },
    );
  const before = call && parts?.end(call);
  // No turn of the microtask queue for the many that have no parts.
  return before === undefined
    ? append(whole)
    : before.then((part) => append(recordAfter(whole, part)));
}

function isAnnounced({ isForAll }: Announcing, { target, isPaid }: Permitted): boolean {
  if (!isForAll) return isPaid;
  return target.kind === 'upstream' || target.kind === 'search';
}
