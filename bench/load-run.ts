import type { LoadFaults } from './load-faults.ts';
import { faultOf } from './load-lane.ts';
import type { Lane } from './load-lane.ts';
import type { LoadEnd, LoadResult } from './load-messages.ts';
import { percentile } from './statistics.ts';

/** A source of ids that never repeats one. */
export type NextId = () => number;

/** Latencies kept of one run; later ones are counted but not ranked. */
const SAMPLES_MAX = 500_000;
/** A run in which no answer comes for this long is ended. */
const STALL_TIMEOUT_MS = 15_000;

/** Keeps one request in flight on every lane until the end is reached or something goes wrong. */
export function runLanes(
  lanes: readonly Lane[],
  until: LoadEnd,
  nextId: NextId,
  faults: LoadFaults,
): Promise<LoadResult> {
  return new Promise((resolve) => {
    const samplesMs = new Float64Array(SAMPLES_MAX);
    const startedMs = performance.now();
    const deadlineMs = 'durationMs' in until ? startedMs + until.durationMs : Infinity;
    const requestsMax = 'requests' in until ? until.requests : Infinity;
    let sent = 0;
    let answered = 0;
    let answeredBefore = 0;
    let busy = lanes.length;

    const finish = (): void => {
      clearInterval(stall);
      const elapsedMs = performance.now() - startedMs;
      const sorted = samplesMs.subarray(0, Math.min(answered, SAMPLES_MAX)).toSorted();
      resolve({
        requests: answered,
        elapsedMs,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        errors: faults.list,
      });
    };

    const next = (lane: Lane): void => {
      const sentMs = performance.now();
      if (sentMs >= deadlineMs || sent >= requestsMax || faults.list.length > 0) {
        busy -= 1;
        if (busy === 0) finish();
        return;
      }
      sent += 1;
      const id = nextId();
      lane.call.bytes.write(String(id), lane.call.idOffset, 'latin1');
      lane.connection.request(lane.call.bytes, () => {
        if (answered < SAMPLES_MAX) samplesMs[answered] = performance.now() - sentMs;
        answered += 1;
        const fault = faultOf(lane, id);
        if (fault !== undefined) faults.report(fault);
        next(lane);
      });
    };

    const stall = setInterval(() => {
      if (answered === answeredBefore) faults.report('no answer in time');
      answeredBefore = answered;
    }, STALL_TIMEOUT_MS);
    faults.onNext(finish);
    for (const lane of lanes) next(lane);
  });
}
