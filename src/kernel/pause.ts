import type { Cancellation } from './cancellation.ts';

/** Waits, or ends at once when cancelled; keeps no process alive. */
export function pause(delayMs: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      undo();
      resolve();
    }, delayMs);
    timer.unref();
    const undo = cancellation.onCancel(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
