import type { Bus } from '../../kernel/bus.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { firstSettings, type PolicyRule, type PolicySettings, type PolicyStore } from '../store.ts';
import { TenantPolicy } from './tenant-policy.ts';
import { isOpen, nextLookMs } from './window-test.ts';

/** What the policies of all tenants are made from. */
export interface PolicyBookContext {
  readonly store: Pick<PolicyStore, 'rules' | 'settings'>;
  readonly bus: Bus;
  readonly now: () => number;
}

interface TenantRules {
  readonly rules: Map<string, PolicyRule>;
  settings: PolicySettings;
  /** Read when it is first asked for after a change; null when the rules take nothing away. */
  policy: TenantPolicy | null | undefined;
  /** The rules that held when it was read. */
  held: string;
  timer: NodeJS.Timeout | undefined;
}

/** The rules and settings of every tenant, as this instance knows them. */
export class PolicyBook implements Disposable {
  readonly #context: PolicyBookContext;
  readonly #tenants = new Map<TenantId, TenantRules>();
  /** Grows with every change made here, so that what was read before it is known to be old. */
  #changes = 0;
  #serial = 0;

  constructor(context: PolicyBookContext) {
    this.#context = context;
  }

  /** Reads a tenant's rules, at the start and when another instance changed some. */
  async load(tenant: TenantId): Promise<void> {
    const { store } = this.#context;
    let rules: readonly PolicyRule[];
    let settings: PolicySettings;
    let before: number;
    do {
      before = this.#changes;
      [rules, settings] = await Promise.all([store.rules(tenant), store.settings(tenant)]);
      // A change made here meanwhile may be younger than what was read.
    } while (before !== this.#changes);
    const known = this.#of(tenant);
    if (isSame(known, rules, settings)) return;
    known.rules.clear();
    for (const rule of rules) known.rules.set(rule.id, rule);
    known.settings = settings;
    this.#changed(tenant, known);
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
    this.#changed(tenant, known);
  }

  /** Forgets a rule that was removed just now. */
  remove(tenant: TenantId, id: string): void {
    const known = this.#of(tenant);
    this.#changes++;
    if (known.rules.delete(id)) this.#changed(tenant, known);
  }

  /** Takes settings that were stored just now. */
  putSettings(tenant: TenantId, settings: PolicySettings): void {
    const known = this.#of(tenant);
    this.#changes++;
    if (known.settings.version >= settings.version) return;
    known.settings = settings;
    this.#changed(tenant, known);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#tenants.values()) clearTimeout(timer);
    this.#tenants.clear();
  }

  #of(tenant: TenantId): TenantRules {
    let known = this.#tenants.get(tenant);
    if (known === undefined) {
      const nothing = { policy: null, held: '', timer: undefined };
      known = { rules: new Map(), settings: firstSettings, ...nothing };
      this.#tenants.set(tenant, known);
    }
    return known;
  }

  #changed(tenant: TenantId, known: TenantRules): void {
    known.policy = undefined;
    this.#watchWindows(tenant, known);
    this.#context.bus.emit('policy.changed', { tenant });
  }

  #read(known: TenantRules): TenantPolicy | null {
    const { mode } = known.settings;
    const holding = this.#holding(known);
    known.held = heldText(holding);
    const takesAway = mode === 'deny-by-default' || holding.some(({ effect }) => effect === 'deny');
    known.policy = takesAway ? new TenantPolicy(holding, mode, ++this.#serial) : null;
    return known.policy;
  }

  #holding({ rules }: TenantRules): readonly PolicyRule[] {
    const nowMs = this.#context.now();
    return [...rules.values()].filter(
      ({ enabled, window }) => enabled && (window === undefined || isOpen(window, nowMs)),
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
    const isOther = known.policy === undefined || known.held !== heldText(this.#holding(known));
    if (isOther) this.#changed(tenant, known);
    else this.#watchWindows(tenant, known);
  }
}

const heldText = (rules: readonly PolicyRule[]): string =>
  rules.flatMap(({ window, id }) => (window === undefined ? [] : [id])).join(' ');

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
