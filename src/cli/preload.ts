import { commands } from './commands.ts';

/**
 * Loads the whole program and does nothing with it. Run once after installing with
 * NODE_COMPILE_CACHE set, it fills the cache that later starts read.
 */
export const preloaded: readonly object[] = await Promise.all([
  import('./run.ts'),
  ...Object.values(commands).map((load) => load()),
  import('../app/preload.ts'),
]);
