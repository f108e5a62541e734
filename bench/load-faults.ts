/** Everything that went wrong since the lanes were opened; the first one ends what is going on. */
export interface LoadFaults {
  readonly list: readonly string[];
  /** Settled with an error as soon as anything goes wrong. */
  readonly first: Promise<never>;
  report(why: string): void;
  /** Calls back once, at the first fault after this call. */
  onNext(callback: () => void): void;
}

const FAULTS_KEPT = 5;

/** Creates an empty record of faults. */
export function createFaults(): LoadFaults {
  const list: string[] = [];
  const { promise, reject } = Promise.withResolvers<never>();
  // Whoever waits for `first` sees the error; nobody has to.
  promise.catch(() => undefined);
  let callback: (() => void) | undefined;
  return {
    list,
    first: promise,
    report(why) {
      if (list.length < FAULTS_KEPT) list.push(why);
      reject(new Error(why));
      const waiting = callback;
      callback = undefined;
      waiting?.();
    },
    onNext(waiting) {
      callback = waiting;
    },
  };
}
