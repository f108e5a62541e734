const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** The wish to stop, as signals bring it. */
export interface StopSignals extends Disposable {
  /** Resolves with the first signal's name. */
  readonly received: Promise<string>;
  /** Resolves `received` like a first signal. */
  ask(): void;
}

/** Listens for stop signals; a second one calls `atOnce`. */
export function stopSignals(atOnce: () => void): StopSignals {
  const { promise, resolve } = Promise.withResolvers<string>();
  let count = 0;
  const listener = (signal: string): void => {
    count += 1;
    if (count === 1) resolve(signal);
    else atOnce();
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    received: promise,
    ask: () => resolve('parent_gone'),
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
