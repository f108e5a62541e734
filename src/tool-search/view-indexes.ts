import { setImmediate } from 'node:timers/promises';
import type { NamedTarget, TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { limits } from '../kernel/limits.ts';
import { createTurns } from '../kernel/limits/turns.ts';
import type { TenantId } from '../kernel/principal.ts';
import { buildToolIndex, type IndexedTool, type ToolIndex } from '../search/tool-index.ts';
import { catalogTool } from './catalog-tool.ts';
import type { ExamplesOf } from './tool-learning.ts';

/** A tool of a view under its public name. */
export interface ViewTool {
  readonly publicName: string;
  readonly target: NamedTarget;
}

/** The tools of a view and the index over them, place by place. */
export interface ViewIndex {
  readonly tools: readonly ViewTool[];
  readonly index: ToolIndex;
}

/** What is known, besides its definitions, of how a tenant uses its tools. */
export interface LearntExamples {
  examplesOf(tenant: TenantId): Promise<ExamplesOf>;
  /** Whether the tenant's indexes are to be built anew; asked once for each time that they are. */
  takeStale(tenant: TenantId): boolean;
}

interface Kept {
  readonly tenant: TenantId;
  readonly version: number;
  readonly size: number;
  readonly built: Promise<ViewIndex>;
}

/** What bounds the indexes; see `limits`. */
export interface IndexBounds {
  readonly toolsPerIndexMax: number;
  readonly toolIndexesMax: number;
  readonly indexedToolsMax: number;
}

const nothingLearnt: LearntExamples = {
  examplesOf: () => Promise.resolve(() => ({ fresh: [], old: [] })),
  takeStale: () => false,
};

/**
 * The indexes of views. An index holds what its view holds, words and their rarity included, so
 * that nothing that is hidden from a caller shows in what it finds.
 */
export class ViewIndexes {
  readonly #learnt: LearntExamples;
  readonly #bounds: IndexBounds;
  /** The longest unused first. */
  readonly #kept = new Map<TenantSnapshot, Kept>();
  readonly #turns = createTurns({
    runningMax: 1,
    waitingMax: limits.toolIndexBuildsWaitingMax,
    limit: 'toolIndexBuildsWaitingMax',
  });

  constructor(learnt: LearntExamples = nothingLearnt, bounds: IndexBounds = limits) {
    this.#learnt = learnt;
    this.#bounds = bounds;
  }

  /** The index of a view, built when there is none. Throws GatewayError `too_many`. */
  of(tenant: TenantId, view: TenantSnapshot): Promise<ViewIndex> {
    if (this.#learnt.takeStale(tenant)) this.forget(tenant);
    const known = this.#kept.get(view);
    if (known !== undefined) {
      this.#kept.delete(view);
      this.#kept.set(view, known);
      return known.built;
    }
    const size = Math.min(view.tools.size, this.#bounds.toolsPerIndexMax);
    const built = this.#turns(() => this.#build(tenant, view));
    const kept = { tenant, version: view.version, size, built };
    this.#kept.set(view, kept);
    built.catch(() => {
      if (this.#kept.get(view) === kept) this.#kept.delete(view);
    });
    this.#forgetOld(kept);
    return built;
  }

  /** How many are kept, and tools in them. */
  get size(): { readonly indexes: number; readonly tools: number } {
    const sizes = [...this.#kept.values()].map(({ size }) => size);
    return { indexes: sizes.length, tools: sizes.reduce((sum, size) => sum + size, 0) };
  }

  /** Forgets what was made of a tenant's services: what it uses its tools for has changed. */
  forget(tenant: TenantId): void {
    for (const [view, kept] of this.#kept) if (kept.tenant === tenant) this.#kept.delete(view);
  }

  #forgetOld({ tenant, version }: Kept): void {
    for (const [view, old] of this.#kept) {
      if (old.tenant === tenant && old.version < version) this.#kept.delete(view);
    }
    let { indexes, tools } = this.size;
    for (const [view, { size }] of this.#kept) {
      if (indexes <= 1) return;
      if (indexes <= this.#bounds.toolIndexesMax && tools <= this.#bounds.indexedToolsMax) return;
      this.#kept.delete(view);
      indexes -= 1;
      tools -= size;
    }
  }

  async #build(tenant: TenantId, view: TenantSnapshot): Promise<ViewIndex> {
    const tools: ViewTool[] = [];
    const indexed: IndexedTool[] = [];
    const examplesOf = await this.#learnt.examplesOf(tenant);
    let start = performance.now();
    for (const [publicName, target] of view.tools) {
      if (tools.length >= this.#bounds.toolsPerIndexMax) break;
      const { live, name } = target;
      tools.push({ publicName, target });
      indexed.push(
        catalogTool(target, view, examplesOf({ serviceId: live.service.id, tool: name })),
      );
      if (performance.now() - start < limits.toolIndexSliceMs) continue;
      await setImmediate();
      start = performance.now();
    }
    const pace = { sliceMs: limits.toolIndexSliceMs, pause: () => setImmediate() };
    return { tools, index: await buildToolIndex(indexed, pace) };
  }
}
