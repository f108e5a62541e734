import type { GatewayApp } from './gateway-app.ts';

/** Stops a gateway in the order that loses nothing: doors, jobs, upstreams, usage, storage. */
export async function stop(app: GatewayApp): Promise<void> {
  const { phase, gateway, server, doors, catalog, egress, usageLog, storage, config } = app;
  phase.current = 'draining';
  gateway.endListenStreams();
  await server.drain(config.shutdown.drainMs);
  gateway.endTasks();
  doors[Symbol.dispose]();
  await app.jobs[Symbol.asyncDispose]();
  await app.bus[Symbol.asyncDispose]();
  app.sessions[Symbol.dispose]();
  await catalog[Symbol.asyncDispose]();
  await egress[Symbol.asyncDispose]();
  await usageLog.close();
  await storage.close();
}
