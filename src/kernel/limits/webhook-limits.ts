/** Limits of webhooks and of what is on its way to them. */
export const webhookLimits = {
  /** Endpoints of one tenant; each event is written once for each of them that wants it. */
  webhookEndpointsPerTenantMax: 20,
  /** A URL and a description of an endpoint. */
  webhookUrlLengthMax: 2_048,
  webhookDescriptionLengthMax: 500,
  /** How often deliveries are looked for. */
  webhookLookMs: 1_000,
  /** One try, from the connection to the end of the answer's head. */
  webhookSendMs: 10_000,
  /** Tries at once: of all, of those whose last one failed, of a tenant, of an endpoint. */
  webhookSendsMax: 128,
  webhookSickSendsMax: 48,
  webhookSendsPerTenantMax: 8,
  webhookSendsPerEndpointMax: 2,
  /** How often a delivery is tried before it is given up: for about a day. */
  webhookTriesMax: 14,
  /** The pause after a failed try: three times as long as the one before. */
  webhookRetryMsMin: 5_000,
  webhookRetryMsMax: 4 * 3_600_000,
  /** What is kept of a failure's text. */
  webhookProblemCharactersMax: 300,
  /** Deliveries that one request sends again. */
  webhookReplayMax: 1_000,
  /** How long a delivery is kept that arrived, and one that was given up. */
  webhookDeliveredKeptMs: 7 * 86_400_000,
  webhookDeadKeptMs: 30 * 86_400_000,
  /** How often what is over is let go, and rows at once. */
  webhookSweepMs: 3_600_000,
  webhookSweepRowsMax: 1_000,
  /** How long the secret before signs beside the new one: usual and longest. */
  webhookOverlapHours: 24,
  webhookOverlapHoursMax: 168,
  /** Exporters of one tenant, and the length of a code that a vendor has for something. */
  exportersPerTenantMax: 10,
  exportCodeLengthMax: 100,
  /** Codes of one exporter. */
  exportCodesMax: 500,
  /** Refused charges that one request names to be sent once more. */
  exportRetriesMax: 1_000,
  /** How often exporters are looked at, and how many work at once. */
  exportLookMs: 5_000,
  exportersAtOnceMax: 4,
  /** One request to a vendor. */
  exportSendMs: 20_000,
  /** The pause after a failure: doubles from the first to the last. */
  exportRetryMsMin: 5_000,
  exportRetryMsMax: 900_000,
  /** What is read of a vendor's answer. */
  exportAnswerBytesMax: 256 * 1024,
  /** How often the spending of the last hour is compared with the days before. */
  spendWatchMs: 300_000,
} as const;
