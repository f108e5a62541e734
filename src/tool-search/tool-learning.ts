import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { TenantId } from '../kernel/principal.ts';
import { ConfirmedUses, toolKey, type Searcher, type UsedTool } from './confirmed-uses.ts';
import type { ToolUse, ToolUseStore } from './store.ts';

/** What a tool was used for, each text once, the latest first. */
export interface ToolExamples {
  readonly fresh: readonly string[];
  /** Confirmed long ago: they count half. */
  readonly old: readonly string[];
}

/** The examples of each tool of a tenant. */
export type ExamplesOf = (used: UsedTool) => ToolExamples;

/** What learning needs. */
export interface ToolLearningContext {
  readonly store: Pick<ToolUseStore, 'uses' | 'add' | 'setting'>;
  /** False: nothing is learnt, and nothing that was learnt is used. */
  readonly isOn: boolean;
  readonly log: Log;
  readonly now: () => number;
}

const none: ToolExamples = { fresh: [], old: [] };

/**
 * Learns from searches and the calls that followed them what tools are used for. What is learnt is
 * kept in the database, tenant by tenant: calls only note it, a job writes it down, and it is read
 * when an index is built. One user adds little to a tool and nothing by saying it again, so that
 * nobody alone decides what others find; what is old counts less, and is forgotten.
 */
export class ToolLearning {
  readonly #context: ToolLearningContext;
  readonly #uses: ConfirmedUses;
  /** Tenants whose indexes do not know the latest, and when each came to know it last. */
  readonly #stale = new Set<TenantId>();
  readonly #renewedMs = new Map<TenantId, number>();

  constructor(context: ToolLearningContext) {
    this.#context = context;
    this.#uses = new ConfirmedUses(context.now);
  }

  /** Notes what was searched for and shown. */
  searched(who: Searcher, query: string, shown: readonly UsedTool[]): void {
    if (this.#context.isOn) this.#uses.searched(who, query, shown);
  }

  /** Notes a call that succeeded. */
  called(who: Searcher, used: UsedTool): void {
    if (this.#context.isOn) this.#uses.called(who, used);
  }

  /** Writes down what was noted since the last time. Rejects when some could not be. */
  async write(): Promise<void> {
    let failed: unknown;
    for (const [tenant, uses] of this.#uses.take()) {
      try {
        await this.#context.store.add(tenant, uses);
      } catch (error) {
        failed = error;
        this.#uses.giveBack(tenant, uses);
      }
    }
    if (failed !== undefined) throw failed;
  }

  /** What was learnt of a tenant has changed, here or at another instance. */
  changed(tenant: TenantId): void {
    if (this.#context.isOn) this.#stale.add(tenant);
  }

  /** Whether the tenant's indexes are to be built anew; it is then taken as done. */
  takeStale(tenant: TenantId): boolean {
    if (!this.#stale.has(tenant)) return false;
    const nowMs = this.#context.now();
    const renewedMs = this.#renewedMs.get(tenant) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - renewedMs < limits.learntIndexMs) return false;
    this.#stale.delete(tenant);
    this.#renewedMs.delete(tenant);
    this.#renewedMs.set(tenant, nowMs);
    const [first] = this.#renewedMs.keys();
    if (this.#renewedMs.size > limits.learntTenantsKeptMax && first !== undefined) {
      this.#renewedMs.delete(first);
    }
    return true;
  }

  /** What the tenant's tools were used for; nothing where nothing is learnt or can be read. */
  async examplesOf(tenant: TenantId): Promise<ExamplesOf> {
    const { store, isOn, log, now } = this.#context;
    if (!isOn) return () => none;
    try {
      if (!(await store.setting(tenant)).learns) return () => none;
      const nowMs = now();
      const examples = byTool(await store.uses(tenant, nowMs - limits.learntUseMs), nowMs);
      return (used) => examples.get(toolKey(used)) ?? none;
    } catch (error) {
      // A search that knows less is better than none; it is tried again.
      this.#stale.add(tenant);
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ tenant, reason }, 'what searches learnt could not be read');
      return () => none;
    }
  }
}

function byTool(uses: readonly ToolUse[], nowMs: number): ReadonlyMap<string, ToolExamples> {
  const examples = new Map<string, ToolExamples>();
  for (const [key, own] of Map.groupBy(uses, toolKey)) {
    const latest = own.toSorted((one, two) => two.atMs - one.atMs);
    const isFresh = ({ atMs }: ToolUse): boolean => nowMs - atMs < limits.freshUseMs;
    const fresh = new Set(latest.filter(isFresh).map(({ query }) => query));
    const old = new Set(latest.map(({ query }) => query).filter((query) => !fresh.has(query)));
    examples.set(key, { fresh: [...fresh], old: [...old] });
  }
  return examples;
}
