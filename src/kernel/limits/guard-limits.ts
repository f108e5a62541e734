/** Limits of trust in services, of guardrails and of approvals. */
export const guardLimits = {
  /** How long the tools of a service that is away stay listed, from its last good answer on. */
  absentListingMs: 600_000,
  /** Definitions of one service that are kept as text; of larger lists only the hashes are. */
  pinnedDefinitionsBytesMax: 8 * 1024 * 1024,
  /** Guardrails of one tenant, and rules for approvals. */
  guardRulesPerTenantMax: 100,
  /** Texts of one request or result that guardrails look through. */
  guardrailTextCharactersMax: 2 * 1024 * 1024,
  /** One look of a guardrail, and looks that wait for their turn. */
  guardrailInspectMs: 5_000,
  guardrailQueueMax: 500,
  /** The longest a guardrail on another machine may take, and its answer. */
  guardrailWebhookMsMax: 10_000,
  guardrailWebhookBytesMax: 4 * 1024 * 1024,
  /** Arguments that somebody is asked to approve. */
  approvalArgumentsBytesMax: 64 * 1024,
  /** Approvals of one tenant that wait for somebody. */
  approvalsWaitingMax: 1_000,
  /** How long an approval may be waited for and used: unless its rule says, and at most. */
  approvalLifeMs: 900_000,
  approvalLifeMsMax: 24 * 3_600_000,
  /** The longest a call waits for its approval before its caller is told to repeat it. */
  approvalWaitMsMax: 60_000,
  /** How often a waiting call looks whether it was approved somewhere else. */
  approvalPollMs: 1_000,
  /** How long approvals that are over are kept, and how often they are looked through. */
  approvalKeepMs: 30 * 24 * 3_600_000,
  approvalSweepMs: 600_000,
} as const;
