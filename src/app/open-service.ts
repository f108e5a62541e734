import { secretContext } from '../catalog/catalog-registry.ts';
import type { SecretStore, Service } from '../catalog/store.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Seal } from '../kernel/seal.ts';
import type { Connector, Upstream, UpstreamChange } from '../upstream/contract.ts';
import type { Egress } from '../kernel/egress.ts';

/** What opening a service needs. */
export interface OpenServiceContext {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly secrets: SecretStore;
  readonly seal: Seal;
  readonly egress: Egress;
  readonly log: Log;
  readonly jobs: JobRunner;
}

/**
 * Opens the upstream of a service through the connector of its kind. `drafted` are the secrets of
 * a service that is not kept.
 */
export async function openService(
  context: OpenServiceContext,
  service: Service,
  signal: AbortSignal,
  changed: (change: UpstreamChange) => void,
  drafted?: Readonly<Record<string, string>>,
): Promise<Upstream> {
  const { connectors, secrets, seal, egress, log, jobs } = context;
  const connector = connectors.get(service.kind);
  if (connector === undefined) {
    const text = `This gateway has no connector of the kind ${service.kind}.`;
    throw new GatewayError('invalid_configuration', text);
  }
  const { id, slug, tenant } = service;
  return await connector.open(connector.config.parse(service.config), {
    serviceId: id,
    slug,
    signal,
    egress,
    log,
    changed,
    repeat: (everyMs, run) =>
      jobs.repeat({ name: `refresh of ${slug}`, everyMs, runMs: limits.jobRunMs, run }),
    secret: async (name) => {
      if (drafted !== undefined && Object.hasOwn(drafted, name)) return drafted[name] ?? '';
      const sealed = await secrets.get(tenant, id, name);
      const value =
        sealed === undefined ? undefined : seal.open(sealed, secretContext(tenant, id, name));
      if (value !== undefined) return value;
      const text = `The service ${slug} has no secret named ${name}.`;
      throw new GatewayError('invalid_configuration', text);
    },
  });
}
