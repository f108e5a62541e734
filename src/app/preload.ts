/** The app that a gateway loads late or in a thread, for the cache of compiled code. */
export const preloaded: readonly object[] = await Promise.all([
  import('./start.ts'),
  import('../http/api/api-listener.ts'),
  import('../http/doors/websocket/web-sockets.ts'),
  import('./commands/serve-local-client.ts'),
  import('../connectors/mcp-http/open-upstream.ts'),
  import('../connectors/mcp-stdio/create-opener.ts'),
  import('../connectors/mcp-websocket/open-upstream.ts'),
  import('../connectors/openapi/open-upstream.ts'),
  import('../identity/vault/oauth/oauth-client.ts'),
  import('../chat/loop/create-agent-engine.ts'),
  import('../egress/web-socket.ts'),
  import('../chat/models/create-models.ts'),
  import('../billing/export/export-runner.ts'),
  import('../billing/pools/lease-book.ts'),
  import('../billing/spending/known-budget.ts'),
  import('../billing/spending/spending-desk.ts'),
  import('../webhooks/delivery/deliverer.ts'),
  // Loaded by a worker thread, which reads the same cache.
  import('../storage/sqlite/sqlite-worker.ts'),
]);
