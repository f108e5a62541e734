import { matchesWildcard, readWildcard } from '../../kernel/patterns/wildcard.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { GuardRuleShapes, GuardScope, ReadRule } from './guard-rule.ts';
import type { GuardRuleKind, GuardRuleStore, StoredGuardRule } from './store.ts';

/** The rules of one tenant that are in force. */
export interface TenantGuardRules {
  readonly arguments: readonly ReadRule<'guardrail'>[];
  readonly results: readonly ReadRule<'guardrail'>[];
  readonly approvals: readonly ReadRule<'approval'>[];
}

/** What somebody gives to make or change a rule. */
export interface GuardRuleInput<Kind extends GuardRuleKind> {
  readonly name: string;
  readonly enabled: boolean;
  readonly rule: GuardRuleShapes[Kind];
  /** Signs messages to other machines. */
  readonly secret?: string | undefined;
}

/** What the rules are kept with. */
export interface GuardRulesContext {
  readonly store: GuardRuleStore;
  readonly seal: Seal;
  readonly ids: Pick<IdSource, 'next'>;
  now(): number;
}

const noRules: TenantGuardRules = { arguments: [], results: [], approvals: [] };

/** The guardrails and rules for approvals of every tenant, in memory as they are in the store. */
export class GuardRules {
  readonly #context: GuardRulesContext;
  readonly #tenants = new Map<TenantId, TenantGuardRules>();

  constructor(context: GuardRulesContext) {
    this.#context = context;
  }

  /** What is in force for the tenant. */
  of(tenant: TenantId): TenantGuardRules {
    return this.#tenants.get(tenant) ?? noRules;
  }

  /** Reads the tenant's rules again; the old ones stay when that fails. */
  async load(tenant: TenantId): Promise<void> {
    const stored = await this.#context.store.list(tenant);
    const inForce = stored.filter(({ enabled }) => enabled);
    if (inForce.length === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, readRules(inForce));
  }

  async list(tenant: TenantId, kind: GuardRuleKind): Promise<readonly StoredGuardRule[]> {
    const stored = await this.#context.store.list(tenant);
    return stored.filter((one) => one.kind === kind);
  }

  /** Throws `not_found`. */
  async get(tenant: TenantId, kind: GuardRuleKind, id: string): Promise<StoredGuardRule> {
    const found = (await this.list(tenant, kind)).find((one) => one.id === id);
    if (found === undefined) throw noSuchRule();
    return found;
  }

  /** Throws `conflict`: the name is taken, or there are as many as are allowed. */
  async create<Kind extends GuardRuleKind>(
    tenant: TenantId,
    kind: Kind,
    { name, enabled, rule, secret }: GuardRuleInput<Kind>,
  ): Promise<StoredGuardRule> {
    const { store, ids, now } = this.#context;
    if ((await this.list(tenant, kind)).length >= limits.guardRulesPerTenantMax) {
      const text = `A tenant may have at most ${limits.guardRulesPerTenantMax} of these.`;
      throw new GatewayError('conflict', text);
    }
    const id = ids.next(kind === 'guardrail' ? 'grd' : 'arl');
    const nowMs = now();
    const made: StoredGuardRule = {
      id,
      tenant,
      kind,
      name,
      enabled,
      rule: rule as unknown as JsonObject,
      sealedSecret: secret === undefined ? null : this.#sealed(tenant, id, secret),
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
    };
    await store.insert(tenant, made);
    await this.load(tenant);
    return made;
  }

  /** Throws `not_found`, or `conflict`: the name is taken or the version another. */
  async update<Kind extends GuardRuleKind>(
    tenant: TenantId,
    kind: Kind,
    id: string,
    change: Partial<GuardRuleInput<Kind>>,
    ifVersion?: number,
  ): Promise<StoredGuardRule> {
    const { name, enabled, rule, secret } = change;
    const after = await this.#context.store.update(tenant, kind, id, {
      name,
      enabled,
      rule: rule as unknown as JsonObject | undefined,
      sealedSecret: secret === undefined ? undefined : this.#sealed(tenant, id, secret),
      updatedAtMs: this.#context.now(),
      ifVersion,
    });
    if (after === undefined) throw noSuchRule();
    await this.load(tenant);
    return after;
  }

  /** Throws `not_found`, or `conflict`: the version is another. */
  async remove(
    tenant: TenantId,
    kind: GuardRuleKind,
    id: string,
    ifVersion?: number,
  ): Promise<void> {
    if (!(await this.#context.store.delete(tenant, kind, id, ifVersion))) throw noSuchRule();
    await this.load(tenant);
  }

  /** The secret that signs a rule's messages; undefined when it has none. */
  secretOf(
    tenant: TenantId,
    { id, sealedSecret }: Pick<ReadRule<GuardRuleKind>, 'id' | 'sealedSecret'>,
  ): string | undefined {
    if (sealedSecret === null) return undefined;
    return this.#context.seal.open(sealedSecret, `${tenant}/${id}`);
  }

  #sealed(tenant: TenantId, id: string, secret: string): string {
    return this.#context.seal.seal(secret, `${tenant}/${id}`);
  }
}

function readRules(stored: readonly StoredGuardRule[]): TenantGuardRules {
  const guardrails = stored
    .filter(({ kind }) => kind === 'guardrail')
    .map((one) => readRule<'guardrail'>(one));
  const approvals = stored
    .filter(({ kind }) => kind === 'approval')
    .map((one) => readRule<'approval'>(one));
  return {
    arguments: guardrails.filter(({ rule }) => rule.where === 'arguments'),
    results: guardrails.filter(({ rule }) => rule.where === 'results'),
    approvals,
  };
}

function readRule<Kind extends GuardRuleKind>(stored: StoredGuardRule): ReadRule<Kind> {
  const { id, name, sealedSecret } = stored;
  // The control plane checked it before it was stored.
  const rule = stored.rule as unknown as GuardRuleShapes[Kind];
  return { id, name, rule, sealedSecret, concerns: readScope(rule) };
}

/** Reads the patterns of a scope. */
export function readScope({
  services,
  tools,
}: GuardScope): (slug: string, tool: string | null) => boolean {
  const isService = anyOf(services);
  const isTool = anyOf(tools);
  return (slug, tool) => {
    if (isService !== undefined && !isService(slug)) return false;
    if (isTool === undefined) return true;
    return tool !== null && isTool(`${slug}__${tool}`);
  };
}

function anyOf(patterns: readonly string[] | undefined): ((text: string) => boolean) | undefined {
  if (patterns === undefined) return undefined;
  const read = patterns.map(readWildcard);
  return (text) => read.some((one) => matchesWildcard(one, text));
}

function noSuchRule(): GatewayError {
  return new GatewayError('not_found', 'There is no such rule.');
}
