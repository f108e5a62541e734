/**
 * How long what is behind the gateway is waited for. A silent service is given up before a load
 * balancer in front of the gateway, which often waits 60 s, gives up the gateway.
 */
export const waitLimits = {
  /** Connecting to an upstream, TLS included. */
  upstreamConnectMs: 5_000,
  /** Waiting for an upstream's first byte. */
  upstreamHeadersMs: 55_000,
  /** The silence of an upstream while a call waits for more. */
  upstreamIdleMs: 55_000,
  /** The shortest and the longest of these times that a service can be given. */
  serviceWaitMsMin: 100,
  serviceWaitMsMax: 3_600_000,
  /** One exchange from its first byte to its last. */
  exchangeTotalMs: 300_000,
  /** A service that is asked what it is, and again for each reading of its lists. */
  discoverMs: 30_000,
} as const;
