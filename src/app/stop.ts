import type { Parts } from './parts.ts';

/** Stops a gateway in the order that loses nothing: doors, upstreams, usage, storage. */
export async function stop(parts: Parts): Promise<void> {
  const { phase, gateway, server, doors, catalog, egress, usageLog, storage, config } = parts;
  phase.current = 'draining';
  gateway.endListenStreams();
  await server.drain(config.shutdown.drainMs);
  doors[Symbol.dispose]();
  parts.sessions[Symbol.dispose]();
  await catalog[Symbol.asyncDispose]();
  await egress[Symbol.asyncDispose]();
  await usageLog.close();
  await storage.close();
}
