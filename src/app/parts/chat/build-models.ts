import type { Models } from '../../../chat/models/create-models.ts';
import type { DeclaredProvider } from '../../../chat/models/provider-book.ts';
import type { ProviderSettings } from '../../../chat/models/provider.ts';
import type { Vault } from '../../../identity/vault/vault.ts';
import type { Bus } from '../../../kernel/bus.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import { tenantId, type TenantId } from '../../../kernel/principal.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Config } from '../../config/config-schema.ts';
import type { ResolvedProvider } from '../../config/resolve-providers.ts';

/** What models stand on. */
export interface ModelsBase {
  readonly config: Pick<Config, 'chat'>;
  readonly storage: Pick<Storage, 'models'>;
  readonly vault: Vault;
  readonly egress: Egress;
  readonly ids: IdSource;
  readonly bus: Bus;
  readonly log: Log;
  /** Whose the providers of the configuration are. */
  readonly operatorTenant: TenantId;
}

/** The models of tenants, which are not there before somebody wants them. */
export interface LazyModels {
  /** Loads them when they are not loaded yet. */
  load(): Promise<Models>;
  /** What was read of a tenant is read again; nothing where nothing was read. */
  forget(tenant: TenantId): void;
}

/**
 * Builds the models of all tenants. Rejects with `invalid_configuration` where a model of the
 * configuration is not known and nobody says how much it reads.
 */
export async function buildModels(base: ModelsBase): Promise<LazyModels> {
  const { config, storage, vault, egress, ids, bus, log, operatorTenant } = base;
  const { providers, demoModel, firstByteMs, idleMs } = config.chat;
  const mine = await declare(providers);
  let loading: Promise<Models> | undefined;
  let loaded: Models | undefined;
  const load = (): Promise<Models> => {
    loading ??= import('../../../chat/models/create-models.ts').then(({ createModels }) => {
      loaded = createModels({
        store: storage.models,
        vault,
        ids,
        egress,
        declared: (tenant) => (tenant === operatorTenant ? mine : []),
        now: Date.now,
        times: { firstByteMs, idleMs },
        hasDemo: demoModel,
        log,
      });
      return loaded;
    });
    return loading;
  };
  const forget = (tenant: TenantId): void => loaded?.forget(tenant);
  bus.on('domain.changed', ({ domain, tenant }) => {
    if (domain === 'models') forget(tenantId(tenant));
  });
  return { load, forget };
}

/** Most gateways have none in their configuration, and then nothing is loaded. */
async function declare(
  providers: readonly ResolvedProvider[],
): Promise<readonly DeclaredProvider[]> {
  if (providers.length === 0) return [];
  const { completeModel } = await import('../../../chat/models/complete-model.ts');
  return providers.map(({ name, key, models, ...given }) => {
    const settings = settingsOf(given);
    try {
      const entries = models.map((model) => completeModel(settings, model));
      return { name, settings, key, models: entries };
    } catch (cause) {
      const text = cause instanceof GatewayError ? cause.message : String(cause);
      throw new GatewayError('invalid_configuration', `chat.providers, "${name}": ${text}`);
    }
  });
}

/** The settings of a kind; the configuration was checked for those that it needs. */
function settingsOf(given: Omit<ResolvedProvider, 'name' | 'key' | 'models'>): ProviderSettings {
  const {
    kind,
    baseUrl,
    region = '',
    accessKeyId,
    apiVersion,
    wire,
    organization,
    project,
  } = given;
  const at = baseUrl === undefined ? {} : { baseUrl };
  switch (kind) {
    case 'openai':
    case 'openai_chat':
      return {
        kind,
        ...at,
        ...(organization === undefined ? {} : { organization }),
        ...(project === undefined ? {} : { project }),
      };
    case 'azure':
      return {
        kind,
        baseUrl: baseUrl ?? '',
        ...(apiVersion === undefined ? {} : { apiVersion }),
        ...(wire === undefined ? {} : { wire }),
      };
    case 'bedrock':
      return { kind, region, ...at, ...(accessKeyId === undefined ? {} : { accessKeyId }) };
    case 'openai_compatible':
      return { kind, baseUrl: baseUrl ?? '' };
    default:
      return { kind, ...at };
  }
}
