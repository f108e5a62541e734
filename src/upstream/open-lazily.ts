import type { Discovery, Upstream } from './contract.ts';
import { lazy } from './lazy.ts';
import { listenToNothing, type ToolServer } from './tool-server.ts';

/**
 * An upstream of the gateway's own whose server is made when it is first needed, which `discover`
 * and `request` wait for; it announces no changes and holds nothing that must be closed.
 */
export function openLazily<Server extends ToolServer>(
  open: () => Promise<Server>,
  describe: (server: Server) => Discovery,
): Upstream {
  const server = lazy(open);
  return {
    discover: async () => describe(await server.get()),
    request: async (request, io) => (await server.get()).answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
