/** The bounds of servers that run as children; a part of `limits`. */
export const stdioLimits = {
  /** One line of a stdio child's output. */
  stdioLineBytesMax: 10 * 1024 * 1024,
  /** A stdio child's kept stderr. */
  stdioStderrBytesMax: 64 * 1024,
  /** Bytes queued to a stdio child that does not read. */
  stdioQueueBytesMax: 16 * 1024 * 1024,
  /** A stdio child is given this long after its input ended, and again after SIGTERM. */
  stdioStopMs: 1_500,
  /** A local client that closed its end still gets the answers that come this soon. */
  stdioLingerMs: 1_000,
  /** The wait for a data folder that the gateway before may just be letting go of. */
  stdioHandoverMs: 3_000,
  /** How long a local client's first message waits for the services to be ready. */
  stdioReadyMs: 10_000,
  /** The wait before a failing stdio child is started again: doubles from the first to the last. */
  stdioRestartMsMin: 1_000,
  stdioRestartMsMax: 60_000,
  /** Children of one stdio service, of one of its callers, and of all services together. */
  childrenPerServiceMax: 64,
  childrenPerCallerMax: 8,
  childrenMax: 256,
} as const;
