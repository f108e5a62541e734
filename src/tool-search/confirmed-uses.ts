import { limits } from '../kernel/limits.ts';
import type { Subject, TenantId } from '../kernel/principal.ts';
import type { ToolUse, UseSubject } from './store.ts';

/** Who searched and called; one user of one tenant. */
export interface Searcher {
  readonly tenant: TenantId;
  readonly subject: Subject;
}

/** A tool of a service, by the service's id and the tool's own name. */
export interface UsedTool {
  readonly serviceId: string;
  readonly tool: string;
}

interface Search {
  readonly query: string;
  readonly shown: ReadonlySet<string>;
  readonly atMs: number;
}

/** Stays the same for the tool, whatever its public name is. */
export const toolKey = ({ serviceId, tool }: UsedTool): string => `${serviceId}\n${tool}`;

/**
 * The searches of which a call may tell what they were for, and what such calls told until it is
 * written down. Who is nobody in particular, as the gateway itself is, teaches nothing.
 */
export class ConfirmedUses {
  readonly #now: () => number;
  /** The last search of each searcher, the longest ago first. */
  readonly #searches = new Map<string, Search>();
  /** By tenant, and by what makes two uses one. */
  #uses = new Map<TenantId, Map<string, ToolUse>>();
  #count = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes what was searched for and shown. */
  searched(who: Searcher, query: string, shown: readonly UsedTool[]): void {
    if (useSubject(who) === undefined) return;
    const key = keyOf(who);
    this.#searches.delete(key);
    const text = query.slice(0, limits.searchQueryCharactersMax);
    const search = { query: text, shown: new Set(shown.map(toolKey)), atMs: this.#now() };
    this.#searches.set(key, search);
    dropFirst(this.#searches, limits.rememberedSearchesMax);
  }

  /** Notes a call that succeeded; true when it tells what the tool is for. */
  called(who: Searcher, used: UsedTool): boolean {
    const subject = useSubject(who);
    const search = this.#searches.get(keyOf(who));
    if (subject === undefined || search === undefined) return false;
    if (!search.shown.has(toolKey(used)) || search.query.trim() === '') return false;
    const atMs = this.#now();
    if (atMs - search.atMs > limits.searchToCallMs) return false;
    this.#add(who.tenant, { ...used, subject, query: search.query, atMs });
    return true;
  }

  /** What was told since the last time. */
  take(): ReadonlyMap<TenantId, readonly ToolUse[]> {
    const taken = new Map([...this.#uses].map(([tenant, uses]) => [tenant, [...uses.values()]]));
    this.#uses = new Map();
    this.#count = 0;
    return taken;
  }

  /** Gives back what could not be written. */
  giveBack(tenant: TenantId, uses: readonly ToolUse[]): void {
    for (const use of uses) this.#add(tenant, use);
  }

  /** Said again it becomes fresh, and not more; beyond the limit further ones are left out. */
  #add(tenant: TenantId, use: ToolUse): void {
    const own = this.#uses.get(tenant) ?? new Map<string, ToolUse>();
    this.#uses.set(tenant, own);
    const { subject, query } = use;
    const key = `${toolKey(use)}\n${subject.kind}\n${subject.id}\n${query}`;
    const known = own.get(key);
    if (known === undefined && this.#count >= limits.toolUsesWrittenMax) return;
    if (known === undefined) this.#count += 1;
    if (known === undefined || known.atMs < use.atMs) own.set(key, use);
  }
}

function useSubject({ subject: { kind, id } }: Searcher): UseSubject | undefined {
  return kind === 'system' ? undefined : { kind, id };
}

const keyOf = ({ tenant, subject: { kind, id } }: Searcher): string => `${tenant}\n${kind}\n${id}`;

function dropFirst(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
