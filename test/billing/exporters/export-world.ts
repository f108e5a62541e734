import assert from 'node:assert/strict';
import { ExportRunner } from '../../../src/billing/export/export-runner.ts';
import { exportId } from '../../../src/billing/export/export-event.ts';
import type { PlanTerms } from '../../../src/billing/store.ts';
import type { ExporterSettings, ExporterStore } from '../../../src/billing/export/store.ts';
import { HttpEgress } from '../../../src/egress/http-egress.ts';
import { add, exactZero, formatExact, parseExact } from '../../../src/kernel/exact.ts';
import { IdSource } from '../../../src/kernel/ids.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../../support/billing-world.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { CREDENTIAL, type Counted } from './vendors.ts';

const HOUR_MS = 3_600_000;
const fence = { job: 'billing.rate', number: 1 };
const terms = termsOf([
  ruleOf('call', 'call', { model: 'unit', unitAmount: '0.10' }),
  ruleOf('bytes', 'byte_out', { model: 'unit', unitAmount: '0.000001' }),
]);

/** Charges of a tenant, and what sends them elsewhere. */
export class ExportWorld implements AsyncDisposable {
  readonly world = new BillingWorld();
  readonly clock = { nowMs: START_MS + HOUR_MS };
  readonly egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.0/8'] } });
  readonly store: ExporterStore = this.world.stores.exporters;
  readonly #ids = new IdSource(() => this.clock.nowMs);
  readonly #signal = new AbortController().signal;
  credential = CREDENTIAL;

  constructor(plan: PlanTerms = terms) {
    this.world.subscribe(plan);
  }

  readonly now = (): number => this.clock.nowMs;

  /** Charges so many calls, in transactions of a few. */
  charge(count: number): void {
    for (let left = count; left > 0; left -= 7) {
      const records = Array.from({ length: Math.min(7, left) }, () => {
        const id = this.#ids.next('use');
        return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + 1 });
      });
      this.world.drain(records);
      this.world.rateAll(this.clock.nowMs);
    }
  }

  async add(
    settings: ExporterSettings,
    from: 'beginning' | 'now' = 'beginning',
    name: string = settings.kind,
  ): Promise<string> {
    const id = this.#ids.next('exp');
    const createdAtMs = this.clock.nowMs;
    const wanted = { id, name, settings, enabled: true, from, createdAtMs };
    await this.store.insert(TENANT, wanted, 'sealed');
    return id;
  }

  async look(change: Partial<ExporterStore> = {}): Promise<void> {
    const runner = new ExportRunner({
      store: { ...this.store, ...change },
      invoices: this.world.stores.invoices,
      vault: { read: () => Promise.resolve(this.credential) },
      egress: this.egress,
      log: silentLog,
      now: this.now,
    });
    await runner.look(fence, this.#signal);
  }

  /** Looks until nothing is left, at the times that exporters wait for. */
  async lookToTheEnd(id: string): Promise<void> {
    for (let looks = 0; looks < 200; looks++) {
      await this.look();
      const exporter = await this.store.get(TENANT, id);
      assert.ok(exporter);
      const left = await this.store.charges(TENANT, exporter.acknowledged, null, 1);
      if (left.length === 0) return;
      this.clock.nowMs = Math.max(this.clock.nowMs, exporter.nextAtMs);
    }
    assert.fail('it never came to an end');
  }

  /** Every charge of usage has had effect once, and the quantities add up. */
  async check(id: string, { ids, values }: Counted, codes: readonly string[]): Promise<void> {
    const charges = this.world.charges().filter(({ unit }) => codes.includes(unit));
    const wanted = charges.map((charge) => exportId(TENANT, charge)).toSorted();
    assert.deepEqual([...ids.keys()].toSorted(), wanted);
    assert.deepEqual(new Set(ids.values()), new Set([1]));
    for (const code of codes) {
      const sum = (all: readonly string[]) =>
        formatExact(all.map(parseExact).reduce((one, other) => add(one, other), exactZero));
      const quantities = charges.filter(({ unit }) => unit === code).map((one) => one.quantity);
      assert.equal(sum(values.get(code) ?? []), sum(quantities));
    }
    const exporter = await this.store.get(TENANT, id);
    assert.equal(exporter?.exported, charges.length);
    assert.deepEqual(await this.store.refused(TENANT, id, 9), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.egress[Symbol.asyncDispose]();
    this.world[Symbol.dispose]();
  }
}
