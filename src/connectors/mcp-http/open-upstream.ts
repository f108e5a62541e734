import { limits } from '../../kernel/limits.ts';
import { EraResolver } from '../../mcp/client/era-resolver/era-resolver.ts';
import type { ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { httpTimed } from '../../upstream/timed-upstream.ts';
import { openEndpoint } from './endpoint.ts';
import type { HttpConfig } from './http-config.ts';
import { HttpEra } from './http-era.ts';

/** Opens one server; it is contacted when it is first needed. */
export async function openUpstream(
  config: HttpConfig,
  context: ConnectorContext,
): Promise<Upstream> {
  const endpoint = await openEndpoint(config, context);
  const decider = new HttpEra(config.era, endpoint, context);
  const server = new EraResolver(decider, {
    verdictMs: limits.eraVerdictMs,
    changed: (change) => context.changed(change),
    signal: context.signal,
    log: context.log,
  });
  return httpTimed(server, context.slug, config.timeouts);
}
