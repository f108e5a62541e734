/** The revision a side of the wire speaks; `stdio` is a legacy child process. */
export type ClientEra = 'modern' | 'legacy';
export type UpstreamEra = ClientEra | 'stdio';

/** The tools of the echo upstream; the name chooses the size and shape of the answer. */
export type ToolName = 'echo' | 'echo-64k' | 'echo-1m' | 'echo-sse';

/** A bound on the quotient of two subjects' CPU time per request; crossing it fails `--gate`. */
export interface Gate {
  readonly numerator: string;
  readonly denominator: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Many tool calls, each connection keeping one request in flight. */
export interface CallLoad {
  readonly kind: 'calls';
  readonly tool: ToolName;
  readonly connections: number;
  /** Requests sent before anything is measured: compiled code settles by count, not by time. */
  readonly warmupRequests: number;
}

/** Streams that are opened and then stay silent; what counts is the memory each one holds. */
export interface ListenLoad {
  readonly kind: 'listen';
  readonly streams: number;
}

/** One question the benchmark answers; each file in `scenarios/` exports one as its default. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** False for scenarios that run only when they are named. */
  readonly inDefaultSet: boolean;
  readonly client: ClientEra;
  readonly upstream: UpstreamEra;
  readonly load: CallLoad | ListenLoad;
  readonly gates: readonly Gate[];
}

/** Tells whether both sides of the scenario speak the same revision. */
export function passesUntranslated(scenario: Scenario): boolean {
  return scenario.client === scenario.upstream;
}

/** Says why a proxy that only passes bytes cannot carry the scenario, or undefined when it can. */
export function whyNotUntranslated(scenario: Scenario): string | undefined {
  if (!passesUntranslated(scenario)) return 'it passes bytes and translates no revision';
  return scenario.load.kind === 'listen' ? 'each stream needs a connection more' : undefined;
}
