import { setTimeout as wait } from 'node:timers/promises';

const LOOK_MS = 20;

/** Looks until something is so and returns after how long it was; throws when it is too late. */
export async function within(
  limitMs: number,
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    if (await isSo()) return performance.now() - startMs;
    const takenMs = performance.now() - startMs;
    if (takenMs > limitMs) throw new Error(`${what}: not so within ${limitMs} ms`);
    await wait(LOOK_MS);
  }
}
