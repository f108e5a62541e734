import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 5;
const WAIT_MS = 30_000;

/** Waits until something is so. Throws when it is not so for long. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what = isSo.toString(),
): Promise<void> {
  const untilMs = Date.now() + WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > untilMs) throw new Error(`It never came to this: ${what}`);
    await sleep(LOOK_MS);
  }
}
