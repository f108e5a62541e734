import type { Scenario } from './scenario.ts';

/** What one subject did during one window. */
export interface Window {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the subject's process tree per request; undefined without a subject process. */
  readonly cpuMicros: number | undefined;
  readonly rssBytes: number;
  /** Share of the subject's core that other processes used meanwhile. */
  readonly foreignShare: number;
}

/** Medians over the quieter half of a subject's windows. */
export interface CallFigures {
  readonly cpuMicros: number | undefined;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Latencies with a single request in flight. */
  readonly aloneP50Ms: number;
  readonly aloneP99Ms: number;
  readonly rssMegabytes: number;
  readonly foreignShare: number;
  /** CPU time per request of every window, as measured. */
  readonly cpuMicrosOfWindows: readonly number[];
}

/** What a number of silent streams cost. */
export interface ListenFigures {
  readonly streams: number;
  readonly rssMegabytes: number;
  readonly kilobytesPerStream: number;
}

/** One subject's row in a scenario's table. */
export interface SubjectResult {
  readonly name: string;
  readonly calls?: CallFigures;
  readonly listen?: ListenFigures;
}

/** A subject that took no part, and why. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** Everything measured in one scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly subjects: readonly SubjectResult[];
  readonly leftOut: readonly LeftOut[];
}

/** One run of the benchmark with what it ran on; names no machine and no path. */
export interface RunResult {
  readonly date: string;
  readonly mode: 'full' | 'quick';
  readonly node: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly pinning: string;
  readonly scenarios: readonly ScenarioResult[];
}
