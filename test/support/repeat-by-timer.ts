/** Repeats work as the gateway's jobs do for a connector, by a plain timer. */
export function repeatByTimer(everyMs: number, work: () => Promise<void>): Disposable {
  const timer = setInterval(() => void work(), everyMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
