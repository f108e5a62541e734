import type { ChargeKey } from '../charging/charge.ts';

/** What every exporter says: which charges go out, and as what. */
interface CommonSettings {
  /**
   * What the vendor calls a rule (by its id) or a unit; the rule comes first. What is not named is
   * not sent. Absent: everything is sent under the name of its unit.
   */
  readonly codes?: Readonly<Record<string, string>>;
}

/** Meter events of Stripe. */
export interface StripeSettings extends CommonSettings {
  readonly kind: 'stripe';
  /** `cus_…` */
  readonly customer: string;
  /** Another address than that of Stripe. */
  readonly url?: string;
}

/** Invoices in Stripe: what is final here is written there line by line. */
export interface StripeInvoiceSettings {
  readonly kind: 'stripe_invoices';
  /** `cus_…` */
  readonly customer: string;
  /** Sent to the customer, or taken from what it pays by. */
  readonly collection: 'send_invoice' | 'charge_automatically';
  /** Made final there at once; otherwise it stays a draft until somebody has looked at it. */
  readonly finalise: boolean;
  /** Another address than that of Stripe. */
  readonly url?: string;
}

/** Events of OpenMeter. */
export interface OpenMeterSettings extends CommonSettings {
  readonly kind: 'openmeter';
  /** Of the service; the path of its API is added. */
  readonly url: string;
  /** The customer there. */
  readonly subject: string;
}

/** Events of Lago. */
export interface LagoSettings extends CommonSettings {
  readonly kind: 'lago';
  readonly url: string;
  /** `external_subscription_id` there. */
  readonly subscription: string;
}

/** Signed posts to a program of one's own. */
export interface WebhookSettings extends CommonSettings {
  readonly kind: 'webhook';
  readonly url: string;
  readonly format: 'json' | 'ndjson';
}

/** Where charges go and as what. */
export type ChargeSettings = StripeSettings | OpenMeterSettings | LagoSettings | WebhookSettings;

/** Where charges or invoices go and as what. */
export type ExporterSettings = ChargeSettings | StripeInvoiceSettings;

/** A place among the charges of a tenant, in the order in which they were written. */
export interface ChargePlace extends ChargeKey {
  /** Which transaction wrote it. */
  readonly block: number;
}

/** Something that sends charges elsewhere, with how far it has come. */
export interface Exporter {
  readonly id: string;
  /** Unique among the tenant's. */
  readonly name: string;
  readonly settings: ExporterSettings;
  readonly enabled: boolean;
  /** The last charge that is done with: acknowledged, refused for good or not to be sent. */
  readonly acknowledged: ChargePlace;
  /** The last charge of a batch that may be on its way, and since when; null when none is. */
  readonly sending: ChargePlace | null;
  readonly sendingSinceMs: number | null;
  readonly exported: number;
  /** Charges that `codes` does not name. */
  readonly skipped: number;
  /** Since the last success. */
  readonly failures: number;
  readonly nextAtMs: number;
  readonly lastProblem: string | null;
  readonly lastAtMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
}

/** Before every charge that is written from this block on. */
export function placeBefore(block: number): ChargePlace {
  return { block, gateKey: '', ruleId: '', seq: -1 };
}
