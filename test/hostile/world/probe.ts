import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into the gateway before its own code: tells the suite, over the channel between parent and
 * child, what cannot be seen from outside.
 */

/** What the gateway says of itself between two questions. */
export interface Vitals {
  /** How late the event loop was, 99th hundredth, milliseconds. */
  readonly loopDelayMs: number;
  /** Memory after a collection of garbage, megabytes. */
  readonly residentMegabytes: number;
  /** Rejections that nobody handled. */
  readonly unhandled: number;
}

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
let unhandled = 0;
process.on('unhandledRejection', () => unhandled++);
process.on('message', (asked) => {
  const loopDelayMs = delays.percentile(99) / NANOSECONDS - RESOLUTION_MS;
  if (asked === 'collect') globalThis.gc?.();
  const residentMegabytes = process.memoryUsage.rss() / 1024 / 1024;
  const vitals: Vitals = { loopDelayMs, residentMegabytes, unhandled };
  process.send?.(vitals);
  delays.reset();
});
process.channel?.unref();
