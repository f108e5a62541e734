import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { AgentValues, ConversationAgent } from '../conversations/conversation-agent.ts';
import type { ModelBook } from '../models/model-book.ts';
import type { Agent, AgentSettings, AgentVersion } from './agent.ts';
import { checkSettings, checkValues } from './check-agent.ts';
import { compareVersions, type VersionDiff } from './compare-versions.ts';
import type { AgentStore, AgentUpdate, NewAgent } from './store.ts';

/** What agents are kept with. */
export interface AgentBookOptions {
  readonly store: AgentStore;
  readonly models: Pick<ModelBook, 'open'>;
  readonly ids: Pick<IdSource, 'next'>;
  /** Epoch milliseconds. */
  now(): number;
}

/** What an agent's run goes by. */
export interface ChosenAgent {
  readonly agent: Agent;
  readonly settings: AgentSettings;
  /** As the conversation remembers it. */
  readonly kept: ConversationAgent;
}

/** The agents of all tenants. Everything that names none of a tenant rejects with `not_found`. */
export class AgentBook {
  readonly #options: AgentBookOptions;

  constructor(options: AgentBookOptions) {
    this.#options = options;
  }

  list(tenant: TenantId): Promise<readonly Agent[]> {
    return this.#options.store.list(tenant);
  }

  async get(tenant: TenantId, id: string): Promise<Agent> {
    const found = await this.#options.store.get(tenant, id);
    if (found === undefined) throw noSuchAgent();
    return found;
  }

  /** Rejects with `conflict` for a taken slug or one too many, and `invalid_params`. */
  async create(tenant: TenantId, wanted: Omit<NewAgent, 'id' | 'createdAtMs'>): Promise<Agent> {
    const { store, ids, now } = this.#options;
    checkSettings(wanted.settings);
    if ((await store.bySlug(tenant, wanted.slug)) !== undefined) {
      throw new GatewayError('conflict', `slug: "${wanted.slug}" is another agent's.`);
    }
    return store.insert(tenant, { ...wanted, id: ids.next('agt'), createdAtMs: now() });
  }

  /** Rejects with `conflict` for another version or too many, and `invalid_params`. */
  async update(
    tenant: TenantId,
    id: string,
    change: Omit<AgentUpdate, 'updatedAtMs' | 'ifVersion'>,
    ifVersion?: number,
  ): Promise<Agent> {
    const { store, now } = this.#options;
    if (change.settings !== undefined) checkSettings(change.settings);
    const update = { ...change, updatedAtMs: now(), ifVersion };
    const after = await store.update(tenant, id, update);
    if (after === undefined) throw noSuchAgent();
    return after;
  }

  /** Rejects with `conflict` for another version. */
  async remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<void> {
    if (!(await this.#options.store.remove(tenant, id, ifVersion))) throw noSuchAgent();
  }

  /** The newest first. */
  async versions(tenant: TenantId, id: string): Promise<readonly AgentVersion[]> {
    await this.get(tenant, id);
    return this.#options.store.versions(tenant, id);
  }

  async version(tenant: TenantId, id: string, number: number): Promise<AgentVersion> {
    const found = await this.#options.store.getVersion(tenant, id, number);
    if (found === undefined) throw new GatewayError('not_found', 'There is no such version.');
    return found;
  }

  async diff(tenant: TenantId, id: string, from: number, to: number): Promise<VersionDiff> {
    const [one, other] = await Promise.all([
      this.version(tenant, id, from),
      this.version(tenant, id, to),
    ]);
    return compareVersions(one.settings, other.settings);
  }

  /**
   * Makes a version the one that is used: the draft when none is named, or an earlier one again.
   * Rejects with `conflict` for another version or without a draft, and with what opening one of
   * its models rejects with.
   */
  async publish(
    tenant: TenantId,
    id: string,
    number: number | undefined,
    ifVersion: number | undefined,
  ): Promise<Agent> {
    const { store, models, now } = this.#options;
    const all = await this.versions(tenant, id);
    const wanted = all.find((one) =>
      number === undefined ? one.state === 'draft' : one.number === number,
    );
    if (wanted === undefined && number === undefined) {
      const text = 'There is no draft: change the agent first, or name a version.';
      throw new GatewayError('conflict', text);
    }
    if (wanted === undefined) throw new GatewayError('not_found', 'There is no such version.');
    const { model, fallbacks } = wanted.settings;
    for (const name of [model ?? [], fallbacks].flat()) await models.open(tenant, name);
    const publication = { number: wanted.number, atMs: now(), ifVersion };
    const after = await store.publish(tenant, id, publication);
    if (after === undefined) throw noSuchAgent();
    return after;
  }

  /**
   * The agent that a chat begins with. Without a number it is the published version; another one
   * is for who may manage agents. Rejects with `not_found` and `invalid_params`.
   */
  async choose(
    tenant: TenantId,
    slug: string,
    { number, values, mayTry }: ChoiceOfAgent,
  ): Promise<ChosenAgent> {
    const { store } = this.#options;
    const agent = await store.bySlug(tenant, slug);
    const wanted = number ?? agent?.published ?? null;
    const isHidden = agent?.published === null && !mayTry;
    if (agent === undefined || isHidden) throw noSuchAgent();
    if (wanted === null) {
      const text = 'No version of this agent is published: publish one, or name the draft.';
      throw new GatewayError('not_found', text);
    }
    if (wanted !== agent.published && !mayTry) {
      const text = 'Only who may manage agents chats with another than the published version.';
      throw new GatewayError('forbidden', text);
    }
    const { settings } = await this.version(tenant, agent.id, wanted);
    const kept = { id: agent.id, version: wanted, values: checkValues(settings.variables, values) };
    return { agent, settings, kept };
  }

  /** Whether the agent that a conversation goes by has this slug. */
  async isOf(tenant: TenantId, kept: ConversationAgent | null, slug: string): Promise<boolean> {
    return kept !== null && (await this.#options.store.bySlug(tenant, slug))?.id === kept.id;
  }

  /** What a conversation goes on with; undefined for one without an agent. */
  async settingsOf(
    tenant: TenantId,
    kept: ConversationAgent | null,
  ): Promise<AgentSettings | undefined> {
    if (kept === null) return undefined;
    const found = await this.#options.store.getVersion(tenant, kept.id, kept.version);
    if (found !== undefined) return found.settings;
    const text = 'The agent of this conversation was removed: begin another conversation.';
    throw new GatewayError('conflict', text);
  }
}

/** Which version of an agent a chat begins with, and what it is told. */
export interface ChoiceOfAgent {
  readonly number: number | undefined;
  readonly values: AgentValues;
  /** Whether the caller may use what is not published. */
  readonly mayTry: boolean;
}

function noSuchAgent(): GatewayError {
  return new GatewayError('not_found', 'There is no such agent.');
}
