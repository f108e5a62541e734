import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { SecretRow, SecretVault } from '../../webhooks/endpoints/endpoint-secrets.ts';
import {
  EXPORTER_OWNER,
  type ExportedInvoice,
  type Exporter,
  type ExporterSettings,
  type ExporterStore,
  type NewExporter,
  type RefusedExport,
} from './store.ts';

/** Where credentials of vendors are sealed and read. */
export type CredentialVault = SecretVault;

/** What exporters are kept with. */
export interface ExporterBookContext {
  readonly store: ExporterStore;
  readonly vault: CredentialVault;
  readonly ids: Pick<IdSource, 'next'>;
  /** Epoch milliseconds. */
  now(): number;
}

/** An exporter as people give it. */
export interface WantedExporter extends Omit<NewExporter, 'id' | 'createdAtMs'> {
  readonly credential: string;
}

/** What people change of one. */
export interface ExporterChange {
  readonly name?: string;
  readonly settings?: ExporterSettings;
  readonly enabled?: boolean;
  readonly credential?: string;
}

/** The vault's row of an exporter's credential. */
export function credentialRow(tenant: TenantId, id: string): SecretRow {
  return { tenant, owner: EXPORTER_OWNER, serviceId: id, name: 'credential' };
}

/** What sends the charges of tenants elsewhere. */
export class ExporterBook {
  readonly #context: ExporterBookContext;

  constructor(context: ExporterBookContext) {
    this.#context = context;
  }

  /** Rejects with `conflict` for a taken name, or when the tenant has as many as it may. */
  async create(tenant: TenantId, { credential, ...wanted }: WantedExporter): Promise<Exporter> {
    const { store, vault, ids, now } = this.#context;
    const id = ids.next('exp');
    const sealed = await vault.seal(credentialRow(tenant, id), credential);
    return await store.insert(tenant, { ...wanted, id, createdAtMs: now() }, sealed);
  }

  list(tenant: TenantId): Promise<readonly Exporter[]> {
    return this.#context.store.list(tenant);
  }

  /** Rejects with `not_found`, here and below. */
  async get(tenant: TenantId, id: string): Promise<Exporter> {
    return found(await this.#context.store.get(tenant, id));
  }

  /**
   * Rejects with `conflict` for another version, a taken name, or settings of another vendor: what
   * that one has already would be sent again.
   */
  async update(
    tenant: TenantId,
    id: string,
    { credential, ...change }: ExporterChange,
    ifVersion: number | undefined,
  ): Promise<Exporter> {
    const { store, vault, now } = this.#context;
    const { settings } = await this.get(tenant, id);
    if (change.settings !== undefined && change.settings.kind !== settings.kind) {
      throw new GatewayError('conflict', `This exporter is of the kind ${settings.kind}.`);
    }
    const sealed =
      credential === undefined
        ? {}
        : { sealed: await vault.seal(credentialRow(tenant, id), credential) };
    const update = { ...change, ...sealed, updatedAtMs: now(), ifVersion };
    return found(await store.update(tenant, id, update));
  }

  /** Rejects with `conflict` for another version. */
  async remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<void> {
    if (!(await this.#context.store.delete(tenant, id, ifVersion))) throw noSuchExporter();
  }

  /** Charges that the vendor never takes, the latest first. */
  async refused(tenant: TenantId, id: string, rowsMax: number): Promise<readonly RefusedExport[]> {
    await this.get(tenant, id);
    return await this.#context.store.refused(tenant, id, rowsMax);
  }

  /**
   * Has refused charges and invoices sent once more: those events, or all. How many are marked;
   * what may have arrived under an id that the vendor forgets stays on the list, and says so.
   */
  async retry(tenant: TenantId, id: string, eventIds: readonly string[] | null): Promise<number> {
    await this.get(tenant, id);
    const { store, now } = this.#context;
    return await store.retry(tenant, id, eventIds, now());
  }

  /** Invoices that are at the vendor, on their way or refused there, the latest first. */
  async invoices(
    tenant: TenantId,
    id: string,
    rowsMax: number,
  ): Promise<readonly ExportedInvoice[]> {
    await this.get(tenant, id);
    return await this.#context.store.invoices(tenant, id, rowsMax);
  }
}

function found(exporter: Exporter | undefined): Exporter {
  if (exporter === undefined) throw noSuchExporter();
  return exporter;
}

function noSuchExporter(): GatewayError {
  return new GatewayError('not_found', 'There is no such exporter.');
}
