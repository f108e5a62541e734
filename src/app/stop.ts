import type { GatewayApp } from './parts/gateway-app.ts';

/** Stops a gateway in the order that loses nothing: doors, jobs, upstreams, usage, storage. */
export async function stop(app: GatewayApp): Promise<void> {
  const { phase, gateway, server, doors, catalog, egress, usageLog, storage, config } = app;
  phase.current = 'draining';
  gateway.endListenStreams();
  // Readers of runs leave with them; another instance, or the next start, goes on with those.
  await app.chat[Symbol.asyncDispose]();
  await server.drain(config.shutdown.drainMs);
  gateway.endTasks();
  doors[Symbol.dispose]();
  // Before its job is another instance's, which would send the same once more.
  await app.deliverer[Symbol.asyncDispose]();
  await app.jobs[Symbol.asyncDispose]();
  await app.bus[Symbol.asyncDispose]();
  app.sessions[Symbol.dispose]();
  app.policies[Symbol.dispose]();
  app.planBook[Symbol.dispose]();
  app.shedder[Symbol.dispose]();
  await app.inspector[Symbol.asyncDispose]();
  await app.own?.[Symbol.asyncDispose]();
  await app.finder[Symbol.asyncDispose]();
  await app.captureDesk.settled();
  await catalog[Symbol.asyncDispose]();
  await egress[Symbol.asyncDispose]();
  // What is not given back now comes back when its time is over.
  await app.leaseBook.giveBackAll().catch(() => {});
  await usageLog.close();
  // A date that nothing depends on: a database that is away does not keep the gateway from ending.
  await app.keyUses.write().catch(() => {});
  await app.finder.writeUses().catch(() => {});
  await app.audit.flush().catch(() => {});
  await storage.close();
}
