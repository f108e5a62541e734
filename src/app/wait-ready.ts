import { limits } from '../kernel/limits.ts';

/**
 * Waits for the services, not for ever: many local clients read the lists once, at their start,
 * and what is not there then they never see.
 */
export async function waitReady(ready: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limits.stdioReadyMs);
  });
  await Promise.race([ready, timeUp]);
  clearTimeout(timer);
}
