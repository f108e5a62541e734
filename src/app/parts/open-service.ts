import type { Service } from '../../catalog/store.ts';
import type { Vault } from '../../identity/vault/vault.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { JobRunner } from '../../jobs/job-runner.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Connector, Upstream, UpstreamChange } from '../../upstream/contract.ts';
import type { Egress } from '../../kernel/egress.ts';
import { maskSecrets, noting } from './mask-secrets.ts';
import { SentSecrets } from './sent-secrets.ts';
import { keptSecret, type BuiltCredentials } from './build-vault.ts';

/** What opening a service needs. */
export interface OpenServiceContext {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly vault: Vault;
  readonly credentials: Pick<BuiltCredentials, 'ownCaller'>;
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
  const { connectors, vault, credentials, egress, log, jobs } = context;
  const connector = connectors.get(service.kind);
  if (connector === undefined) {
    const text = `This gateway has no connector of the kind ${service.kind}.`;
    throw new GatewayError('invalid_configuration', text);
  }
  const { id, slug } = service;
  // What was sent to the service must not come back in its errors and results.
  const sent = new SentSecrets();
  const secret = async (name: string): Promise<string> => {
    const isDrafted = drafted !== undefined && Object.hasOwn(drafted, name);
    const value = isDrafted ? (drafted[name] ?? '') : await keptSecret(vault, service, name);
    sent.add(value);
    return value;
  };
  const upstream = await connector.open(connector.config.parse(service.config), {
    serviceId: id,
    slug,
    caller: noting(credentials.ownCaller(service, secret), sent),
    signal,
    egress,
    log,
    changed,
    repeat: (everyMs, run) =>
      jobs.repeat({ name: `refresh of ${slug}`, everyMs, runMs: limits.jobRunMs, run }),
    secret,
  });
  // Most services need no secret, and their calls no look for one.
  return sendsSecrets(service.config) ? maskSecrets(upstream, sent) : upstream;
}

/** True when a configuration refers to secrets, or to accounts and tokens. */
function sendsSecrets(config: Service['config']): boolean {
  return config['credentials'] !== undefined || JSON.stringify(config).includes('${');
}
