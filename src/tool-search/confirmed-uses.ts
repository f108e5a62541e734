import { limits } from '../kernel/limits.ts';

/** Who searched and called; one user of one tenant. */
export interface Searcher {
  readonly tenant: string;
  readonly subject: string;
}

interface Search {
  readonly query: string;
  readonly shown: ReadonlySet<string>;
  readonly atMs: number;
}

interface Use {
  readonly subject: string;
  readonly query: string;
  readonly atMs: number;
}

/** Stays the same for the tool, whatever its public name is. */
export const toolKey = (serviceId: string, tool: string): string => `${serviceId}\n${tool}`;

/**
 * What tools were used for: a search and the call that followed it and succeeded. What is learnt
 * stays in its tenant. One user adds little to a tool and nothing by saying it again, so that
 * nobody alone decides what others find; what is old is forgotten.
 */
export class ConfirmedUses {
  readonly #now: () => number;
  /** The last search of each searcher, the longest ago first. */
  readonly #searches = new Map<string, Search>();
  /** By tenant and tool, the oldest first. */
  readonly #uses = new Map<string, Map<string, Use[]>>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes what was searched for and shown. */
  searched(who: Searcher, query: string, shown: readonly string[]): void {
    const key = keyOf(who);
    this.#searches.delete(key);
    this.#searches.set(key, { query, shown: new Set(shown), atMs: this.#now() });
    dropFirst(this.#searches, limits.rememberedSearchesMax);
  }

  /** Notes a call that succeeded; true when it tells what the tool is for. */
  called(who: Searcher, tool: string): boolean {
    const search = this.#searches.get(keyOf(who));
    if (search === undefined || !search.shown.has(tool)) return false;
    if (this.#now() - search.atMs > limits.searchToCallMs) return false;
    const tools = this.#uses.get(who.tenant) ?? new Map<string, Use[]>();
    this.#uses.set(who.tenant, tools);
    const known = this.#fresh(tools.get(tool) ?? []);
    const { subject } = who;
    const query = search.query.slice(0, limits.searchQueryCharactersMax);
    // Said again it becomes fresh, and not more.
    const others = known.filter((use) => use.subject !== subject || use.query !== query);
    const own = others.filter((use) => use.subject === subject);
    const oldest = own.length >= limits.usesPerUserAndToolMax ? own[0] : undefined;
    const kept = [...others.filter((use) => use !== oldest), { subject, query, atMs: this.#now() }];
    tools.delete(tool);
    tools.set(tool, kept.slice(-limits.usesPerToolMax));
    dropFirst(tools, limits.learntToolsPerTenantMax);
    return true;
  }

  /** What a tool was used for; the latest first, each text once. */
  of(tenant: string, tool: string): readonly string[] {
    const uses = this.#fresh(this.#uses.get(tenant)?.get(tool) ?? []);
    return [...new Set(uses.toReversed().map(({ query }) => query))];
  }

  #fresh(uses: readonly Use[]): Use[] {
    const since = this.#now() - limits.learntUseMs;
    return uses.filter(({ atMs }) => atMs >= since);
  }
}

const keyOf = ({ tenant, subject }: Searcher): string => `${tenant}\n${subject}`;

function dropFirst(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
