import { setImmediate as turn } from 'node:timers/promises';
import type { Bus } from '../../kernel/bus.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { firstSettings, type PolicyRule, type PolicySettings, type PolicyStore } from '../store.ts';
import { compileRule, type CompiledRule } from './compile-rule.ts';
import { planSegments, RuleSegment, SEGMENT_RULES } from './rule-segment.ts';
import { TenantPolicy } from './tenant-policy.ts';
import { isOpen, nextLookMs, type LocalTimes } from './window-test.ts';

/** What the policies of all tenants are made from. */
export interface PolicyBookContext {
  readonly store: Pick<PolicyStore, 'rules' | 'settings'>;
  readonly bus: Bus;
  readonly now: () => number;
}

/** Rules by their ids. */
type Rules = ReadonlyMap<string, PolicyRule>;

interface TenantRules {
  rules: Map<string, PolicyRule>;
  /** The rules that held when they were last read, indexed. */
  segments: readonly RuleSegment[];
  /** How many rules changed since then. */
  pending: number;
  settings: PolicySettings;
  /** Read when it is first asked for after a change; null when the rules take nothing away. */
  policy: TenantPolicy | null | undefined;
  /** The rules that held when it was read. */
  held: string;
  timer: NodeJS.Timeout | undefined;
}

/** Nobody waits longer than this for what takes time to read; then it is read at one go. */
const SLICED_MS_MAX = 500;

/**
 * The rules and settings of every tenant, as this instance knows them.
 *
 * Calls go by what is changed here from the moment it is stored: a change is a few hundred rules at
 * most, which are read at once, and all others stay as they were read. What another instance
 * changed, and what comes to hold or ends at a time, may be thousands; those are read in slices
 * between which calls go by the rules of before, for SLICED_MS_MAX at most: a denial comes late by
 * that and no more, however busy the instance is.
 */
export class PolicyBook implements Disposable {
  readonly #context: PolicyBookContext;
  readonly #tenants = new Map<TenantId, TenantRules>();
  readonly #compiled = new WeakMap<PolicyRule, CompiledRule>();
  /** Grows with every change made here, so that what was read before it is known to be old. */
  #changes = 0;
  #serial = 0;

  constructor(context: PolicyBookContext) {
    this.#context = context;
  }

  /** Reads a tenant's rules, at the start and when another instance changed some. */
  async load(tenant: TenantId): Promise<void> {
    const { store } = this.#context;
    for (;;) {
      const before = this.#changes;
      const [rules, settings] = await Promise.all([store.rules(tenant), store.settings(tenant)]);
      // A change made here meanwhile may be younger than what was read.
      if (before !== this.#changes) continue;
      const known = this.#of(tenant);
      if (isSame(known, rules, settings)) return;
      const now = new Map(rules.map((rule) => [rule.id, sameOf(known, rule)]));
      const segments = await this.#inSlices(known.segments, this.#holding(now));
      if (before !== this.#changes) continue;
      this.#changes++;
      Object.assign(known, { rules: now, settings, segments, pending: 0 });
      this.#changed(tenant, known, 0);
      return;
    }
  }

  /** What the rules take away now; undefined when that is nothing from anybody. */
  of(tenant: TenantId): TenantPolicy | undefined {
    const known = this.#tenants.get(tenant);
    if (known === undefined) return undefined;
    return (known.policy === undefined ? this.#read(known) : known.policy) ?? undefined;
  }

  settings(tenant: TenantId): PolicySettings {
    return this.#tenants.get(tenant)?.settings ?? firstSettings;
  }

  /** Takes rules that were stored just now; of two changes at once the younger one stays. */
  put(tenant: TenantId, rules: readonly PolicyRule[]): void {
    const known = this.#of(tenant);
    this.#changes++;
    const younger = rules.filter(({ id, version }) => {
      return (known.rules.get(id)?.version ?? 0) < version;
    });
    if (younger.length === 0) return;
    for (const rule of younger) known.rules.set(rule.id, rule);
    this.#changed(tenant, known, younger.length);
  }

  /** Forgets a rule that was removed just now. */
  remove(tenant: TenantId, id: string): void {
    const known = this.#of(tenant);
    this.#changes++;
    if (known.rules.delete(id)) this.#changed(tenant, known, 1);
  }

  /** Takes settings that were stored just now. */
  putSettings(tenant: TenantId, settings: PolicySettings): void {
    const known = this.#of(tenant);
    this.#changes++;
    if (known.settings.version >= settings.version) return;
    known.settings = settings;
    this.#changed(tenant, known, 0);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#tenants.values()) clearTimeout(timer);
    this.#tenants.clear();
  }

  #of(tenant: TenantId): TenantRules {
    let known = this.#tenants.get(tenant);
    if (known === undefined) {
      const nothing = { policy: null, held: '', timer: undefined, segments: [], pending: 0 };
      known = { rules: new Map(), settings: firstSettings, ...nothing };
      this.#tenants.set(tenant, known);
    }
    return known;
  }

  #changed(tenant: TenantId, known: TenantRules, count: number): void {
    known.policy = undefined;
    known.pending += count;
    // Otherwise many changes in a row would all have to be read by the next call.
    if (known.pending > SEGMENT_RULES) this.#read(known);
    this.#watchWindows(tenant, known);
    this.#context.bus.emit('policy.changed', { tenant });
  }

  #read(known: TenantRules): TenantPolicy | null {
    const { mode } = known.settings;
    const holding = this.#holding(known.rules);
    known.held = heldText(holding);
    known.segments = planSegments(known.segments, holding).map((one) => this.#segmentOf(one));
    known.pending = 0;
    const takesAway =
      mode === 'deny-by-default' || [...holding.values()].some(({ effect }) => effect === 'deny');
    known.policy = takesAway ? new TenantPolicy(known.segments, mode, ++this.#serial) : null;
    return known.policy;
  }

  /** The segments of rules, with a turn of the event loop after each that has to be made. */
  async #inSlices(before: readonly RuleSegment[], rules: Rules): Promise<readonly RuleSegment[]> {
    const startedMs = performance.now();
    const segments: RuleSegment[] = [];
    for (const one of planSegments(before, rules)) {
      segments.push(this.#segmentOf(one));
      const isNew = !(one instanceof RuleSegment);
      if (isNew && performance.now() - startedMs < SLICED_MS_MAX) await turn();
    }
    return segments;
  }

  #segmentOf(one: RuleSegment | readonly PolicyRule[]): RuleSegment {
    return one instanceof RuleSegment ? one : new RuleSegment(one, (rule) => this.#compile(rule));
  }

  /** A rule is compiled once, whatever changes around it. */
  #compile(rule: PolicyRule): CompiledRule {
    let compiled = this.#compiled.get(rule);
    if (compiled === undefined) this.#compiled.set(rule, (compiled = compileRule(rule)));
    return compiled;
  }

  #holding(rules: Rules): Rules {
    const nowMs = this.#context.now();
    const times: LocalTimes = new Map();
    return new Map(
      [...rules].filter(
        ([, { enabled, window }]) =>
          enabled && (window === undefined || isOpen(window, nowMs, times)),
      ),
    );
  }

  /** Looks again when a window opens or closes: no call has to look at a clock. */
  #watchWindows(tenant: TenantId, known: TenantRules): void {
    clearTimeout(known.timer);
    const nowMs = this.#context.now();
    const looks = [...known.rules.values()].map(({ enabled, window }) =>
      enabled && window !== undefined ? nextLookMs(window, nowMs) : Infinity,
    );
    const nextMs = looks.reduce((least, one) => Math.min(least, one), Infinity);
    if (nextMs === Infinity) return;
    // Clocks are set at times: nothing is waited for much longer than a minute.
    const waitMs = Math.min(Math.max(nextMs - nowMs, 1), limits.policyWindowLookMs);
    known.timer = setTimeout(() => this.#look(tenant, known), waitMs);
    known.timer.unref();
  }

  #look(tenant: TenantId, known: TenantRules): void {
    const holding = this.#holding(known.rules);
    if (known.policy !== undefined && known.held === heldText(holding)) {
      this.#watchWindows(tenant, known);
      return;
    }
    const size = known.segments.reduce((sum, { rules }) => sum + rules.length, 0);
    const ended = known.segments.flatMap(({ rules }) => rules).filter(({ id }) => !holding.has(id));
    const count = ended.length + holding.size - (size - ended.length);
    if (count <= SEGMENT_RULES) this.#changed(tenant, known, count);
    else void this.#readSliced(tenant, known, holding);
  }

  async #readSliced(tenant: TenantId, known: TenantRules, holding: Rules): Promise<void> {
    const segments = await this.#inSlices(known.segments, holding);
    if (this.#tenants.get(tenant) !== known) return;
    // What changed meanwhile is found when these are read again: they are kept where they fit.
    known.segments = segments;
    this.#changed(tenant, known, 0);
  }
}

const heldText = (rules: Rules): string =>
  [...rules.values()].flatMap(({ window, id }) => (window === undefined ? [] : [id])).join(' ');

/** The rule as it is known already, so that what was read of it stays; one version is one rule. */
function sameOf({ rules }: TenantRules, rule: PolicyRule): PolicyRule {
  const known = rules.get(rule.id);
  return known?.version === rule.version ? known : rule;
}

function isSame(
  known: TenantRules,
  rules: readonly PolicyRule[],
  settings: PolicySettings,
): boolean {
  return (
    known.settings.version === settings.version &&
    known.rules.size === rules.length &&
    rules.every(({ id, version }) => known.rules.get(id)?.version === version)
  );
}
