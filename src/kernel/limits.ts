/** Every bound of the gateway in one place; units are in the names. */
export const limits = {
  /** A request body on any door. */
  requestBodyBytesMax: 4 * 1024 * 1024,
  /** Nesting of a request body. */
  jsonDepthMax: 64,
  /** A JSON-RPC id that is a string. */
  requestIdBytesMax: 256,
  /** A slug: it prefixes tool names, which model providers cap at 64. */
  slugLengthMax: 32,
  /** A tool's public name (the strictest model provider). */
  toolNameLengthMax: 64,
  /** One service's tools. */
  toolsPerServiceMax: 20_000,
  /** A page of an aggregated list. */
  listPageItems: 1_000,
  /** Pages walked when a service's list is read. */
  listPagesMax: 200,
  /** An upstream's single answer. */
  upstreamResultBytesMax: 16 * 1024 * 1024,
  /** One event of an upstream's event stream. */
  upstreamEventBytesMax: 8 * 1024 * 1024,
  /** One line of a stdio child's output. */
  stdioLineBytesMax: 10 * 1024 * 1024,
  /** A stdio child's kept stderr. */
  stdioStderrBytesMax: 64 * 1024,
  /** An upstream's response head. */
  upstreamHeadBytesMax: 32 * 1024,
  /** Open connections to one upstream origin. */
  upstreamConnectionsMax: 256,
  /** Connecting to an upstream, TLS included. */
  upstreamConnectMs: 5_000,
  /** Waiting for an upstream's first byte. */
  upstreamHeadersMs: 60_000,
  /** One exchange from its first byte to its last. */
  exchangeTotalMs: 300_000,
  /** Finding out which era an upstream speaks. */
  eraProbeMs: 5_000,
  /** A parked call waits this long for the user's input. */
  parkedCallMs: 600_000,
  /** Rounds of input in one legacy call. */
  inputRoundsMax: 10,
  /** Legacy sessions of one credential. */
  sessionsPerCredentialMax: 50,
  /** A legacy session without traffic. */
  sessionIdleMs: 3_600_000,
  /** Capability profiles (separate sessions or children) of one legacy upstream. */
  profilesPerUpstreamMax: 8,
  /** Listen streams of one credential. */
  listenStreamsPerCredentialMax: 20,
  /** Resource URIs watched on one listen stream. */
  listenUrisMax: 100,
  /** Bytes queued to one client that does not read. */
  clientQueueBytesMax: 1024 * 1024,
  /** How long a client may not read before it is cut. */
  clientStallMs: 30_000,
  /** Exchanges of one tenant at once. */
  exchangesPerTenantMax: 2_000,
  /** An OpenAPI document, decoded. */
  documentBytesMax: 20 * 1024 * 1024,
  /** Usage records waiting to become durable. */
  usageQueueMax: 50_000,
  /** In-flight calls at shutdown. */
  drainMs: 25_000,
  /** Services of one tenant. */
  servicesPerTenantMax: 500,
  /** Rows of one page on the control plane. */
  apiPageRowsMax: 500,
} as const;
