import {
  PROVIDER_OWNER,
  type ModelEntry,
  type NewProvider,
  type Price,
  type Provider,
  type ProviderUpdate,
} from '../../../../chat/models/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { ratesText, toProvider, type ProviderRow } from '../../rows/model-rows.ts';
import { sql } from '../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { countRows } from '../identity/count-rows.ts';
import { putVaultItem } from '../vault-items.ts';

interface Place {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Adds a provider with its sealed key, when it has one; what it is. */
export function* insertModelProvider({
  tenant,
  provider: { id, name, settings, models, createdAtMs },
  sealed,
}: {
  readonly tenant: TenantId;
  readonly provider: NewProvider;
  readonly sealed: string | undefined;
}): Steps<Provider> {
  yield* bumpVersion('models', tenant);
  const counting = sql`SELECT count(*) AS rows FROM model_provider WHERE tenant_id = ${tenant}`;
  yield* countRows(counting, limits.modelProvidersPerTenantMax, 'model providers');
  yield* change(sql`INSERT INTO model_provider (tenant_id, id, name, settings, models, is_keyed,
      created_at_ms, updated_at_ms, version)
    VALUES (${tenant}, ${id}, ${name}, ${JSON.stringify(settings)}, ${JSON.stringify(models)},
      ${sealed === undefined ? 0 : 1}, ${createdAtMs}, ${createdAtMs}, 1)`);
  if (sealed !== undefined) yield* putKey({ tenant, id }, sealed);
  yield* keepOneDefault({ tenant, id }, models);
  return toProvider((yield* stored({ tenant, id })) as ProviderRow);
}

/** Changes a provider; what it is then. */
export function* updateModelProvider({
  tenant,
  id,
  update: { ifVersion, updatedAtMs, sealed, ...said },
}: Place & { readonly update: ProviderUpdate }): Steps<Provider | undefined> {
  yield* bumpVersion('models', tenant);
  const row = yield* stored({ tenant, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, ifVersion);
  const { name, settings, models, hasKey } = { ...toProvider(row), ...said };
  const isKeyed = sealed === undefined ? hasKey : sealed !== null;
  yield* change(sql`UPDATE model_provider SET name = ${name},
      settings = ${JSON.stringify(settings)}, models = ${JSON.stringify(models)},
      is_keyed = ${isKeyed ? 1 : 0}, updated_at_ms = ${updatedAtMs}, version = ${row.version + 1}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (sealed === null) yield* dropKey({ tenant, id });
  if (typeof sealed === 'string') yield* putKey({ tenant, id }, sealed);
  if (said.models !== undefined) yield* keepOneDefault({ tenant, id }, said.models);
  return toProvider((yield* stored({ tenant, id })) as ProviderRow);
}

/** Removes a provider with its key; false when there is none. */
export function* removeModelProvider({
  tenant,
  id,
  ifVersion,
}: Place & { readonly ifVersion: number | undefined }): Steps<boolean> {
  yield* bumpVersion('models', tenant);
  const row = yield* stored({ tenant, id });
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* dropKey({ tenant, id });
  yield* change(sql`DELETE FROM model_provider WHERE tenant_id = ${tenant} AND id = ${id}`);
  return true;
}

/** Adds a price. */
export function* insertModelPrice({
  tenant,
  price: { id, model, validFromMs, currency, rates },
}: {
  readonly tenant: TenantId;
  readonly price: Price;
}): Steps<null> {
  yield* bumpVersion('models', tenant);
  const counting = sql`SELECT count(*) AS rows FROM model_price WHERE tenant_id = ${tenant}`;
  yield* countRows(counting, limits.modelPricesPerTenantMax, 'prices of models');
  yield* change(sql`INSERT INTO model_price (tenant_id, id, model, valid_from_ms, currency, rates)
    VALUES (${tenant}, ${id}, ${model}, ${validFromMs}, ${currency}, ${ratesText(rates)})`);
  return null;
}

/** Removes a price; false when there is none. */
export function* removeModelPrice({ tenant, id }: Place): Steps<boolean> {
  yield* bumpVersion('models', tenant);
  const changes = yield* change(sql`DELETE FROM model_price
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return changes > 0;
}

/** A tenant has one default: the one that was named last. */
function* keepOneDefault({ tenant, id }: Place, models: readonly ModelEntry[]): Steps<null> {
  if (!models.some(({ isDefault }) => isDefault)) return null;
  const others = yield* allRows<ProviderRow>(sql`SELECT * FROM model_provider
    WHERE tenant_id = ${tenant} AND id <> ${id}`);
  for (const other of others) {
    const before = toProvider(other).models;
    if (!before.some(({ isDefault }) => isDefault)) continue;
    const after = before.map((model) => ({ ...model, isDefault: false }));
    yield* change(sql`UPDATE model_provider SET models = ${JSON.stringify(after)},
        version = version + 1
      WHERE tenant_id = ${tenant} AND id = ${other.id}`);
  }
  return null;
}

function putKey({ tenant, id }: Place, sealed: string): Steps<null> {
  const row = { tenant, owner: PROVIDER_OWNER, serviceId: id, name: 'key' };
  return putVaultItem({ ...row, sealed });
}

function dropKey({ tenant, id }: Place): Steps<number> {
  return change(sql`DELETE FROM vault_item WHERE tenant_id = ${tenant}
    AND owner = ${PROVIDER_OWNER} AND service_id = ${id}`);
}

function stored({ tenant, id }: Place): Steps<ProviderRow | undefined> {
  return firstRow<ProviderRow>(sql`SELECT * FROM model_provider
    WHERE tenant_id = ${tenant} AND id = ${id}`);
}
