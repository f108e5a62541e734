/** The bounds of credentials for services; a part of `limits`. */
export const vaultLimits = {
  /** Items of the vault that are sealed anew together. */
  vaultBatchItems: 200,
  /** An old data key is deleted once it is this old and seals nothing. */
  vaultOldKeyMs: 3_600_000,
  /** How long the address at which a user connects an account is good. */
  connectStateMs: 600_000,
  /** Such addresses of one user at once; the oldest goes. */
  connectStatesPerUserMax: 20,
  /** How long a request that waits for its user to connect waits in one go. */
  connectWaitMs: 60_000,
  /** How often one request asks its user to connect. */
  connectRoundsMax: 3,
  /** An answer of an authorization server. */
  oauthAnswerBytesMax: 64 * 1024,
  /** The wait for one answer of an authorization server. */
  oauthAnswerMs: 10_000,
  /** A token is renewed this long before it ends. */
  tokenEarlyMs: 30_000,
  /** How long one instance may renew a token before another tries. */
  tokenRefreshMs: 15_000,
  /** An access token, a refresh token or a subject token. */
  tokenLengthMax: 16 * 1024,
  /** Connections whose tokens are remembered. */
  connectionsCachedMax: 10_000,
  /** Callers of one service that have an upstream of their own open at once. */
  callerUpstreamsMax: 1_000,
  /** Such an upstream without traffic. */
  callerUpstreamIdleMs: 600_000,
} as const;
