import { standardConnectors } from '../../connectors/standard.ts';
import { hostEnvironment } from '../config/config.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { silentLog } from '../../kernel/log.ts';
import { egressOptions } from '../egress-options.ts';
import type { Config, DeclaredService } from '../config/config-schema.ts';
import { callerOf } from '../../upstream/upstream.ts';

/** What was found when a declared service was opened. */
export interface ServiceProbe {
  readonly slug: string;
  /** What stands in the way, or undefined when the service works. */
  readonly problem: string | undefined;
  readonly detail: string;
}

const PROBE_MS = 30_000;

/** Opens every service of the configuration once, the way the gateway would, and closes it. */
export async function probeServices(config: Config): Promise<readonly ServiceProbe[]> {
  await using egress = new HttpEgress(egressOptions(config));
  const probes: ServiceProbe[] = [];
  for (const declared of config.services) {
    const { slug } = declared;
    try {
      probes.push({ slug, problem: undefined, detail: await probe(declared, egress) });
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown failure';
      probes.push({ slug, problem, detail: '' });
    }
  }
  return probes;
}

async function probe(declared: DeclaredService, egress: HttpEgress): Promise<string> {
  const { slug, kind, secrets } = declared;
  const connectors = standardConnectors(hostEnvironment());
  const connector = connectors.get(kind);
  if (connector === undefined) {
    const kinds = [...connectors.keys()].join(', ');
    throw new GatewayError('invalid_configuration', `kind must be one of: ${kinds}.`);
  }
  const signal = AbortSignal.timeout(PROBE_MS);
  await using upstream = await connector.open(connector.config.parse(declared.config), {
    serviceId: slug,
    caller: callerOf('ten_1', 'service'),
    slug,
    signal,
    egress,
    log: silentLog,
    changed: () => {},
    // Nothing is repeated in the short time that it takes.
    repeat: () => ({ [Symbol.dispose]: () => {} }),
    secret: (name) => {
      const value = secrets[name];
      if (value !== undefined) return Promise.resolve(value);
      return Promise.reject(
        new GatewayError('invalid_configuration', `There is no secret named ${name}.`),
      );
    },
  });
  const { era, protocolVersion } = await upstream.discover(signal);
  return `${kind}, ${era} (${protocolVersion})`;
}
