import type { Fence } from '../../kernel/fence.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { exportPlan, type ExportEvent, type ExportPlan } from './export-event.ts';
import { credentialRow, type CredentialVault } from './exporter-book.ts';
import type { InvoiceStore } from '../invoices/store.ts';
import { sendAgain, UNKNOWN } from './send-again.ts';
import { sendEvents } from './send-events.ts';
import { sendInvoices } from './send-invoices.ts';
import type { BatchPlace, ChargeSettings, DoneBatch, DueExporter, ExporterStore } from './store.ts';
import { openVendor } from './vendors/open-vendor.ts';
import type { VendorEgress } from './vendors/post-to-vendor.ts';
import { VendorDelay, type BatchAnswer, type Vendor } from './vendors/vendor.ts';

/** What sending charges elsewhere needs. */
export interface ExportRunnerContext {
  readonly store: Omit<ExporterStore, 'list' | 'insert' | 'update' | 'delete'>;
  readonly invoices: Pick<InvoiceStore, 'get'>;
  readonly vault: Pick<CredentialVault, 'read'>;
  readonly egress: VendorEgress;
  readonly log: Log;
  /** Epoch milliseconds. */
  now(): number;
}

/** Whoever has more than this to send lets others go first. */
const TURN_MS = 10_000;

/**
 * Sends charges where exporters say, batch by batch. A batch is noted before it leaves, and the
 * place behind it together with what was refused of it; so after whatever end the same batch is
 * sent again under the same ids, and never by a vendor that may have forgotten them.
 */
export class ExportRunner {
  readonly #context: ExportRunnerContext;

  constructor(context: ExportRunnerContext) {
    this.#context = context;
  }

  /** Has every exporter whose time has come send for a while; none keeps another waiting long. */
  async look(fence: Fence, signal: AbortSignal): Promise<void> {
    const due = [...(await this.#context.store.due(this.#context.now()))];
    const work = async (): Promise<void> => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        if (signal.aborted) return;
        await this.#takeTurn(next, fence, signal);
      }
    };
    await Promise.all(Array.from({ length: limits.exportersAtOnceMax }, work));
  }

  async #takeTurn(due: DueExporter, fence: Fence, signal: AbortSignal): Promise<void> {
    const { store, now, log } = this.#context;
    const { tenant } = due;
    const { id } = due.exporter;
    const untilMs = now() + TURN_MS;
    const isOver = (): boolean => signal.aborted || now() >= untilMs;
    try {
      const { settings } = due.exporter;
      const credential = await this.#credential(due);
      if (settings.kind === 'stripe_invoices') {
        const sending = { ...this.#context, credential, settings, fence, isOver };
        return await sendInvoices(due, sending);
      }
      const vendor = openVendor(settings, credential, this.#context.egress);
      await sendAgain(due, settings, { ...this.#context, vendor, fence, isOver });
      for (let next: DueExporter | undefined = due; next !== undefined;) {
        if (!(await this.#sendBatch(next, settings, vendor, fence))) return;
        if (isOver()) return;
        const exporter = await store.get(tenant, id);
        const isSame = exporter?.enabled === true && exporter.version === due.exporter.version;
        next = isSame ? { tenant, exporter } : undefined;
      }
    } catch (error) {
      if (error instanceof VendorDelay) return await this.#wait(due, error, fence);
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ job: fence.job, tenant, reason }, 'an exporter failed');
      await this.#wait(due, new VendorDelay('It could not be sent.', false), fence);
    }
  }

  /** What was sent before may have arrived then, whatever is certain of this try. */
  async #send(
    vendor: Vendor,
    events: readonly ExportEvent[],
    isFirst: boolean,
  ): Promise<BatchAnswer & { readonly delay?: VendorDelay }> {
    try {
      return await sendEvents(vendor, events, () => this.#context.now());
    } catch (error) {
      if (!(error instanceof VendorDelay)) throw error;
      const { message, isCertain, retryAfterMs, sofar } = error;
      return { ...sofar, delay: new VendorDelay(message, isCertain && isFirst, retryAfterMs) };
    }
  }

  async #wait(
    { tenant, exporter: { id } }: DueExporter,
    delay: VendorDelay,
    fence: Fence,
  ): Promise<void> {
    const { store, now } = this.#context;
    const nowMs = now();
    const failures = (await store.get(tenant, id))?.failures ?? 0;
    const doubled = limits.exportRetryMsMin * 2 ** Math.min(failures, 20);
    const pauseMs = Math.max(doubled, delay.retryAfterMs ?? 0);
    const nextAtMs = nowMs + Math.min(pauseMs, limits.exportRetryMsMax);
    const { message: problem, isCertain } = delay;
    await store.fail({ tenant, id, problem, nextAtMs, nowMs, isCertain }, fence);
  }

  async #credential({ tenant, exporter: { id } }: DueExporter): Promise<string> {
    const credential = await this.#context.vault.read(credentialRow(tenant, id));
    if (credential === undefined) throw new VendorDelay('It has no credential.', false);
    return credential;
  }

  /** False when there is no more to send. */
  async #sendBatch(
    { tenant, exporter }: DueExporter,
    settings: ChargeSettings,
    vendor: Vendor,
    fence: Fence,
  ): Promise<boolean> {
    const { store, now } = this.#context;
    const { id, acknowledged: from, sending, sendingSinceMs } = exporter;
    const page = await store.charges(tenant, from, sending, vendor.batchMax);
    const to = page.at(-1)?.place;
    if (to === undefined) return false;
    const nowMs = now();
    const isForgotten = nowMs - (sendingSinceMs ?? nowMs) >= (vendor.remembersMs ?? Infinity);
    const refused = new Map<string, string>();
    const charges = page.map(({ charge }) => charge);
    const { events } = exportPlan(tenant, charges, settings);
    for (const event of events) {
      const reason = isForgotten ? UNKNOWN : vendor.refuses(event, nowMs);
      if (reason !== undefined) refused.set(event.id, reason);
    }
    const wanted = events.filter((event) => !refused.has(event.id));
    if (wanted.length > 0 && sending === null) {
      if (!(await store.begin({ tenant, id, from, to }, nowMs, fence))) return false;
    }
    const { delay, done, ...sent } = await this.#send(vendor, wanted, sending === null);
    for (const [event, reason] of sent.refused) refused.set(event, reason);
    const open = events.find((event) => !done.has(event.id) && !refused.has(event.id));
    const count = open === undefined ? page.length : charges.indexOf(open.charge);
    const part = { charges: charges.slice(0, count), to: page[count - 1]?.place };
    if (part.to !== undefined) {
      const place = { tenant, id, from, to: part.to };
      const plan = exportPlan(tenant, part.charges, settings);
      const batch = doneBatch(place, plan, refused, {
        isWhole: delay === undefined,
        sinceMs: sendingSinceMs,
        nowMs,
      });
      if (!(await store.finish(batch, fence))) return false;
    }
    if (delay !== undefined) throw delay;
    return sending !== null || page.length === vendor.batchMax;
  }
}

function doneBatch(
  place: BatchPlace,
  { events, skipped }: ExportPlan,
  refused: ReadonlyMap<string, string>,
  rest: Pick<DoneBatch, 'isWhole' | 'nowMs'> & { readonly sinceMs: number | null },
): DoneBatch {
  const { isWhole, sinceMs, nowMs } = rest;
  const rows = events.flatMap(({ id: eventId, charge: { gateKey, ruleId, seq } }) => {
    const reason = refused.get(eventId);
    if (reason === undefined) return [];
    // Of a batch that was on its way before, each event may have arrived then.
    const marks = { sinceMs, retryAtMs: null, atMs: nowMs };
    return [{ gateKey, ruleId, seq, eventId, reason, ...marks }];
  });
  const exported = events.length - rows.length;
  return { ...place, isWhole, exported, skipped, refused: rows, nowMs };
}
