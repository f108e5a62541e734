/**
 * Loads every part of the program and does nothing with it. Run once after installing with
 * NODE_COMPILE_CACHE set, it fills the cache that later starts read.
 */
export const preloaded: readonly object[] = await Promise.all([
  import('../cli/run.ts'),
  import('./start.ts'),
  import('../http/api/create-api.ts'),
  import('@hono/node-server'),
  // Loaded by a worker thread, which reads the same cache.
  import('../storage/sqlite/sqlite-worker.ts'),
]);
