/** Something that takes work to get and is got when it is first needed. */
export interface Lazy<Value> {
  /** True once somebody asked for it, unless getting it failed. */
  readonly isWanted: boolean;
  /** Gets it, once however many ask; a failed attempt is not kept. */
  get(): Promise<Value>;
  /** Puts another value in its place. */
  set(value: Value): void;
}

/** Something that `load` gets when it is first needed. */
export function lazy<Value>(load: () => Promise<Value>): Lazy<Value> {
  let loading: Promise<Value> | undefined;
  return {
    get isWanted() {
      return loading !== undefined;
    },
    get() {
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
    set(value) {
      loading = Promise.resolve(value);
    },
  };
}
