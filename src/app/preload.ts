/** The parts that a gateway loads late or in a thread, for the cache of compiled code. */
export const preloaded: readonly object[] = await Promise.all([
  import('./start.ts'),
  import('../http/api/api-listener.ts'),
  import('../http/websocket/web-sockets.ts'),
  import('./serve-local-client.ts'),
  // Loaded by a worker thread, which reads the same cache.
  import('../storage/sqlite/sqlite-worker.ts'),
]);
