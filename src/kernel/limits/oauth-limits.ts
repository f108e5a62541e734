/** The bounds of tokens made by and for OAuth clients; a part of `limits`. */
export const oauthLimits = {
  /** The keys of another authorization server: how long fresh, and how long not read again. */
  issuerKeysMs: 600_000,
  issuerKeysCooldownMs: 30_000,
  /** Other authorization servers. */
  issuersMax: 50,
  /** Reading them, and their size. */
  issuerKeysReadMs: 5_000,
  issuerKeysBytesMax: 256 * 1024,
  /** A token of another authorization server, and how far its clock may be off. */
  externalTokenCharactersMax: 8 * 1024,
  externalTokenSkewMs: 60_000,
  /** OAuth clients of one tenant. */
  oauthClientsPerTenantMax: 100,
  /** OAuth clients that registered themselves, and of one address those never used. */
  oauthDynamicClientsMax: 10_000,
  oauthUnusedClientsPerAddressMax: 20,
  /** How long such a client may go without being used, before its first use and after. */
  oauthUnusedClientMs: 24 * 3_600_000,
  oauthIdleClientMs: 90 * 24 * 3_600_000,
  /** Redirect URIs of one OAuth client, and the length of one. */
  oauthRedirectUrisMax: 20,
  oauthRedirectUriLengthMax: 1_024,
  /** A client's metadata document, and fetching it. */
  oauthClientDocumentBytesMax: 16 * 1024,
  oauthClientDocumentMs: 5_000,
  /** Client metadata documents that are fetched at once, whoever asks for them. */
  oauthClientFetchesMax: 16,
  /** A request body to the authorization server. */
  oauthBodyBytesMax: 48 * 1024,
  /** An authorization code. */
  oauthCodeMs: 60_000,
  /** How long a person may take to sign in and to consent. */
  oauthInteractionMs: 600_000,
  /** How long a browser that signed in to consent is not asked for its password again. */
  oauthBrowserMs: 8 * 3_600_000,
  /** What a person granted to a client, at most. */
  oauthGrantMs: 365 * 24 * 3_600_000,
  /** How often what had its time is deleted. */
  oauthSweepMs: 600_000,
} as const;
