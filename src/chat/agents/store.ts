import type { TenantId } from '../../kernel/principal.ts';
import type { Agent, AgentSettings, AgentVersion } from './agent.ts';

export type { AgentValues } from '../conversations/conversation-agent.ts';
export type { Agent, AgentSettings, AgentVersion } from './agent.ts';

/** An agent to be added, with its first draft. */
export interface NewAgent {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly settings: AgentSettings;
  readonly createdAtMs: number;
}

/** What changes of an agent; settings are those of its draft, which is made when there is none. */
export interface AgentUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly settings?: AgentSettings;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/** Which version is used from now on: the draft, or one that was published before. */
export interface AgentPublication {
  readonly number: number;
  readonly atMs: number;
  readonly ifVersion: number | undefined;
}

/** The agents of tenants. A published version never changes. */
export interface AgentStore {
  /** By slug. */
  list(tenant: TenantId): Promise<readonly Agent[]>;
  get(tenant: TenantId, id: string): Promise<Agent | undefined>;
  bySlug(tenant: TenantId, slug: string): Promise<Agent | undefined>;
  /** Rejects with `conflict` for a taken slug, or one too many. */
  insert(tenant: TenantId, agent: NewAgent): Promise<Agent>;
  /** What it is then; undefined when there is none. `conflict` for another version, or too many. */
  update(tenant: TenantId, id: string, update: AgentUpdate): Promise<Agent | undefined>;
  /** Undefined when there is no such agent or no such version. `conflict` for another version. */
  publish(tenant: TenantId, id: string, publication: AgentPublication): Promise<Agent | undefined>;
  /** With its versions. False when there is none; `conflict` for another version. */
  remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<boolean>;
  /** The newest first. */
  versions(tenant: TenantId, id: string): Promise<readonly AgentVersion[]>;
  getVersion(tenant: TenantId, id: string, number: number): Promise<AgentVersion | undefined>;
}
