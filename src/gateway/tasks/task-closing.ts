import { createHash } from 'node:crypto';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import type { Log } from '../../kernel/log.ts';
import { limits } from '../../kernel/limits.ts';
import type { UsageLog } from '../../metering/store.ts';
import { HOLDS_OF_CALL, type UsageOutcome, type UsageRecord } from '../../metering/usage-fields.ts';
import { isKeyedWork } from '../idempotency/idempotency-key.ts';
import { reportedQuantities } from '../usage-facts.ts';

/** What a closing record takes over from the call that became a task. */
export type TaskAccount = Pick<
  UsageRecord,
  | 'tenant'
  | 'grantId'
  | 'credentialId'
  | 'userId'
  | 'actor'
  | 'sessionId'
  | 'serviceId'
  | 'tool'
  | 'clientEra'
  | 'upstreamEra'
  | 'startedAtMs'
  | 'attributes'
> & { readonly workId: string };

/** How a task ended. */
export interface TaskEnd {
  readonly outcome: UsageOutcome;
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  readonly bytesOut: number;
  /** What the tool says it used; see `quantitiesOf`. */
  readonly quantities: string | null;
}

/** What closing records are written with. */
export interface TaskClosingsContext {
  readonly usageLog: UsageLog;
  readonly nodeId: string;
  readonly log: Log;
}

/**
 * Writes the usage record that a task's end adds to that of the call it came from: once, however
 * often and wherever the end is seen, because the record's id follows from the work's.
 */
export class TaskClosings {
  readonly #context: TaskClosingsContext;
  /** What was closed here lately: a client may ask for an ended task many times. */
  readonly #closed = new RecentMap<string, true>(limits.closedTasksRememberedMax);

  constructor(context: TaskClosingsContext) {
    this.#context = context;
  }

  /** Never rejects: a record that cannot be kept now is written when the end is next seen. */
  async close(account: TaskAccount, end: TaskEnd): Promise<void> {
    const { workId, ...facts } = account;
    const { outcome, endedAtMs, bytesOut, quantities } = end;
    const id = closingId(workId, account.startedAtMs);
    if (this.#closed.get(id) !== undefined) return;
    this.#closed.set(id, true);
    const durationMs = Math.max(0, endedAtMs - account.startedAtMs);
    const { usageLog, nodeId, log } = this.#context;
    try {
      await usageLog.append({
        ...facts,
        id,
        chargeKey: workId,
        nodeId,
        method: 'tools/call',
        outcome,
        endedAtMs: account.startedAtMs + durationMs,
        durationMs,
        upstreamMs: durationMs,
        bytesIn: 0,
        bytesOut,
        events: 0,
        upstreamCalled: true,
        task: null,
        quantities,
        holds: HOLDS_OF_CALL,
        part: null,
      });
    } catch (error) {
      this.#closed.delete(id);
      const reason = error instanceof Error ? error.message : 'unknown failure';
      log.error({ reason, workId }, 'the end of a task could not be recorded');
    }
  }
}

/** What a service says of a task of its own that has ended; undefined while it has not. */
export function endOfTask(said: JsonBytes, startedAtMs: number): TaskEnd | undefined {
  const outcome = outcomeOf(said);
  if (outcome === undefined) return undefined;
  const nowMs = Date.now();
  const updatedAt = said.member('lastUpdatedAt');
  const saidMs = typeof updatedAt === 'string' ? Date.parse(updatedAt) : Number.NaN;
  // A service's clock is believed only where it contradicts neither the start nor the present.
  const isCredible = saidMs >= startedAtMs && saidMs <= nowMs;
  const bytesOut = said.memberBytes('result')?.length ?? 0;
  const result = said.member('result');
  const quantities = isJsonObject(result) ? reportedQuantities(result['_meta']) : null;
  return { outcome, endedAtMs: isCredible ? saidMs : nowMs, bytesOut, quantities };
}

function outcomeOf(said: JsonBytes): UsageOutcome | undefined {
  switch (said.member('status')) {
    case 'completed':
      return isErrorResult(said.member('result')) ? 'tool_error' : 'ok';
    case 'failed':
      return 'upstream_error';
    case 'cancelled':
      return 'cancelled';
    default:
      return undefined;
  }
}

function isErrorResult(result: unknown): boolean {
  return (result as { readonly isError?: unknown } | undefined)?.isError === true;
}

const TIME_DIGITS = 12;

/**
 * The id of a work's closing record: it has the work's time, and is the same wherever made. A work
 * that goes by a client's key may have several calls that became tasks: each has its own.
 */
export function closingId(workId: string, startedAtMs: number): string {
  const isKeyed = isKeyedWork(workId);
  const source = isKeyed ? `${workId} ${startedAtMs} closing` : `${workId} closing`;
  const digest = createHash('sha256').update(source).digest('hex');
  const [, digits = ''] = workId.split('_');
  const time = isKeyed
    ? startedAtMs.toString(16).padStart(TIME_DIGITS, '0')
    : digits.slice(0, TIME_DIGITS);
  return `use_${time}7${digest.slice(0, 3)}8${digest.slice(3, 18)}`;
}
