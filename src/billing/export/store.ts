import type { Fence } from '../../kernel/fence.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Charge, ChargeKey } from '../charging/charge.ts';
import type { ChargePlace, Exporter, ExporterSettings } from './exporter.ts';

export {
  placeBefore,
  type ChargePlace,
  type ChargeSettings,
  type Exporter,
  type ExporterSettings,
  type StripeInvoiceSettings,
} from './exporter.ts';

/** Whose vault items the credentials of exporters are. */
export const EXPORTER_OWNER = 'exporter';

/** An exporter to be made. */
export interface NewExporter {
  readonly id: string;
  readonly name: string;
  readonly settings: ExporterSettings;
  readonly enabled: boolean;
  /** All charges there are, or those from now on. */
  readonly from: 'beginning' | 'now';
  readonly createdAtMs: number;
}

/** What changes of an exporter. */
export interface ExporterUpdate {
  readonly name?: string;
  readonly settings?: ExporterSettings;
  readonly enabled?: boolean;
  /** Another credential, sealed. */
  readonly sealed?: string;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/** A charge with its place. */
export interface PlacedCharge {
  readonly charge: Charge;
  readonly place: ChargePlace;
}

/** An exporter whose time has come. */
export interface DueExporter {
  readonly tenant: TenantId;
  readonly exporter: Exporter;
}

/** A charge that could not be brought where it belongs. */
export interface RefusedExport extends ChargeKey {
  readonly eventId: string;
  readonly reason: string;
  readonly atMs: number;
  /** Since when it may have arrived all the same; null when it surely has not. */
  readonly sinceMs: number | null;
  /** When somebody asked for it to be sent once more; null when nobody did. */
  readonly retryAtMs: number | null;
}

/** A refused charge that is to be sent once more. */
export interface RetriedExport extends RefusedExport {
  readonly charge: Charge;
}

/** What became of some that were sent once more. */
export interface EndedRetries {
  readonly tenant: TenantId;
  readonly id: string;
  readonly done: readonly ChargeKey[];
  /** With the reason of this time, and since when they may have arrived before it. */
  readonly refused: readonly RefusedExport[];
  /** Those that surely have not arrived, and stay marked. */
  readonly absent: readonly ChargeKey[];
  readonly nowMs: number;
}

/** An invoice on its way to a vendor, or there. */
export interface ExportedInvoice {
  readonly invoiceId: string;
  readonly state: 'sending' | 'sent' | 'refused';
  /** Whose invoice it was begun as there. */
  readonly customer: string;
  /** What the vendor calls it, as far as that is known. */
  readonly vendorId: string | null;
  readonly reason: string | null;
  /** When it was begun, and when it was last tried. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** What became of an invoice: `sending` when it has to be tried later. */
export interface TriedInvoice extends Omit<ExportedInvoice, 'customer' | 'sinceMs'> {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Which exporter, and where its batch begins and ends. */
export interface BatchPlace {
  readonly tenant: TenantId;
  readonly id: string;
  readonly from: ChargePlace;
  readonly to: ChargePlace;
}

/** A batch that is done with, or the beginning of one whose rest has to wait. */
export interface DoneBatch extends BatchPlace {
  readonly isWhole: boolean;
  readonly exported: number;
  readonly skipped: number;
  readonly refused: readonly RefusedExport[];
  readonly nowMs: number;
}

/** A batch that has to wait. */
export interface FailedBatch {
  readonly tenant: TenantId;
  readonly id: string;
  readonly problem: string;
  readonly nextAtMs: number;
  readonly nowMs: number;
  /** True when nothing of its batch can have arrived. */
  readonly isCertain: boolean;
}

/** What leaves the gateway, and how far it has come. */
export interface ExporterStore {
  /** By id. */
  list(tenant: TenantId): Promise<readonly Exporter[]>;
  get(tenant: TenantId, id: string): Promise<Exporter | undefined>;
  /** With its sealed credential. Rejects with `conflict` for a taken name, or one too many. */
  insert(tenant: TenantId, exporter: NewExporter, sealed: string): Promise<Exporter>;
  /** What it is then; undefined when there is none. `conflict` for another version or a name. */
  update(tenant: TenantId, id: string, update: ExporterUpdate): Promise<Exporter | undefined>;
  /** With what it was refused. False when there is none. */
  delete(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<boolean>;
  /** The latest first. */
  refused(tenant: TenantId, id: string, rowsMax: number): Promise<readonly RefusedExport[]>;
  due(nowMs: number): Promise<readonly DueExporter[]>;
  /** Charges behind a place, up to another one when there is one. */
  charges(
    tenant: TenantId,
    after: ChargePlace,
    upTo: ChargePlace | null,
    rowsMax: number,
  ): Promise<readonly PlacedCharge[]>;
  /** Notes that a batch may be on its way. False when it is another's, here and below. */
  begin(batch: BatchPlace, nowMs: number, fence: Fence): Promise<boolean>;
  /** Moves on behind a batch, and keeps what was refused of it, all or nothing. */
  finish(batch: DoneBatch, fence: Fence): Promise<boolean>;
  fail(batch: FailedBatch, fence: Fence): Promise<boolean>;
  /** Marks refused charges, and refused invoices, to be sent once more; how many there are. */
  retry(
    tenant: TenantId,
    id: string,
    eventIds: readonly string[] | null,
    nowMs: number,
  ): Promise<number>;
  /** What is marked, what was asked for first in front. */
  retries(tenant: TenantId, id: string, rowsMax: number): Promise<readonly RetriedExport[]>;
  /** Notes that marked ones may be on their way; what was noted before stays. */
  beginRetries(
    tenant: TenantId,
    id: string,
    keys: readonly ChargeKey[],
    nowMs: number,
    fence: Fence,
  ): Promise<boolean>;
  /** Takes off the list what arrived, and the mark off what was refused again. */
  endRetries(ended: EndedRetries, fence: Fence): Promise<boolean>;
  /** The latest first. */
  invoices(tenant: TenantId, id: string, rowsMax: number): Promise<readonly ExportedInvoice[]>;
  /** Ids of final invoices that are still to be sent, those that were tried last at the end. */
  dueInvoices(tenant: TenantId, id: string, rowsMax: number): Promise<readonly string[]>;
  /** Notes an invoice before anything of it leaves; what is noted of it. Undefined: another's. */
  beginInvoice(
    wanted: Pick<TriedInvoice, 'tenant' | 'id' | 'invoiceId' | 'atMs'> &
      Pick<ExportedInvoice, 'customer'>,
    fence: Fence,
  ): Promise<ExportedInvoice | undefined>;
  endInvoice(tried: TriedInvoice, fence: Fence): Promise<boolean>;
}
