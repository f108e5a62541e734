import type { TenantId } from '../../kernel/principal.ts';
import type { EvaluationCase, Report } from './case.ts';

export type { EvaluationCase, Report } from './case.ts';

/** Cases and reports of agents. */
export interface EvaluationStore {
  /** The oldest first. */
  cases(tenant: TenantId, agentId: string): Promise<readonly EvaluationCase[]>;
  /** Rejects with `conflict` for one too many; false for no such agent. */
  insertCase(tenant: TenantId, agentId: string, one: EvaluationCase): Promise<boolean>;
  removeCase(tenant: TenantId, agentId: string, id: string): Promise<boolean>;
  /**
   * Begins one, which is alive for so long. Rejects with `conflict` while another one of the agent
   * runs; of the oldest so many are kept.
   */
  insertReport(tenant: TenantId, report: Report, lifeMs: number): Promise<void>;
  /** Writes how far it is; alive for so long again. */
  writeReport(tenant: TenantId, report: Report, lifeMs: number): Promise<void>;
  /** Says that somebody works on it still. */
  keepAlive(tenant: TenantId, agentId: string, id: string, lifeMs: number): Promise<void>;
  /** The newest first. */
  reports(tenant: TenantId, agentId: string): Promise<readonly Report[]>;
  report(tenant: TenantId, agentId: string, id: string): Promise<Report | undefined>;
}
