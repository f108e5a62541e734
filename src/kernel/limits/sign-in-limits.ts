/** The bounds of signing in; a part of `limits`. */
export const signInLimits = {
  /** A password: its least characters, and its most bytes as UTF-8. */
  passwordCharactersMin: 12,
  passwordBytesMax: 1024,
  /** Passwords being hashed at once, and those that wait for it. */
  passwordHashesMax: 2,
  passwordHashesQueuedMax: 64,
  /** A login name or e-mail address. */
  signInNameLengthMax: 254,
  /** Wrong attempts to sign in to one account, and from one address, before there is a wait. */
  signInFailuresMax: 5,
  signInFailuresPerAddressMax: 20,
  /** How long a wrong attempt counts. */
  signInFailureMs: 900_000,
  /** The wait after too many wrong attempts: doubles from the first to the last. */
  signInWaitMsMin: 30_000,
  signInWaitMsMax: 900_000,
  /** Requests of one address a minute that come without a credential to sign in and the like. */
  signInRequestsPerMinuteMax: 120,
  /** Addresses whose requests are counted; those seen longest ago are forgotten. */
  signInAddressesMax: 10_000,
  /** An access token: its life, its length, and how far clocks may differ. */
  accessTokenMs: 600_000,
  accessTokenCharactersMax: 8 * 1024,
  accessTokenSkewMs: 60_000,
  /** What a login grants, and a refresh token that nobody uses. */
  loginGrantMs: 90 * 24 * 3_600_000,
  refreshTokenMs: 30 * 24 * 3_600_000,
  /** How long a refresh token that was used still answers with its successor. */
  refreshRepeatMs: 30_000,
  /** A key that signs access tokens, and how long it verifies after another signs. */
  signingKeyMs: 90 * 24 * 3_600_000,
  signingKeyRestMs: 3_600_000,
  /** How often the signing keys are read for a key that is not known. */
  signingKeysReadMs: 1_000,
  /** How often signing keys, and rows of sign-ins whose time is over, are looked through. */
  signingKeysLookMs: 3_600_000,
  signInSweepMs: 60_000,
  /** A browser session: without a request, and altogether; how exactly the last one is noted. */
  loginSessionIdleMs: 1_800_000,
  loginSessionMs: 12 * 3_600_000,
  loginSessionSeenMs: 60_000,
  /** Browser sessions of one user; a further one ends the oldest. */
  loginSessionsPerUserMax: 50,
  /** Steps of 30 s that a one-time code may be early or late. */
  totpStepsOff: 1,
  /** Recovery codes of one second factor. */
  recoveryCodes: 10,
  /** How long a link works: an invitation, a password reset. */
  invitationMs: 7 * 24 * 3_600_000,
  passwordResetMs: 3_600_000,
  /** Invitations of one tenant that are open. */
  invitationsPerTenantMax: 200,
  /** Mails with a reset link that one person gets before there is a wait. */
  passwordResetMailsMax: 3,
  /** The body of a request that comes without a credential to sign in and the like. */
  signInBodyBytesMax: 16 * 1024,
  /** Handing one mail over, and mails that wait for it. */
  mailMs: 15_000,
  mailsQueuedMax: 100,
} as const;
