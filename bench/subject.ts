import type { Scenario, UpstreamEra } from './scenario.ts';

/** Where the echo upstream of a scenario is reached: a URL, or a command for stdio. */
export interface UpstreamAddress {
  readonly era: UpstreamEra;
  readonly url: string;
  readonly command: readonly string[];
}

/** What a subject is given when it is started. */
export interface SubjectContext {
  readonly scenario: Scenario;
  readonly upstream: UpstreamAddress;
  /** The core the whole subject runs on, or undefined when processes are not pinned. */
  readonly core: number | undefined;
  /** Extra flags for the subject's own node process, such as the profiler's. */
  readonly nodeFlags: readonly string[];
  /** Extra flags of the gateway's `serve`, to compare settings. */
  readonly gatewayFlags: readonly string[];
  /** An empty directory that is removed after the run. */
  readonly directory: string;
}

/** A started subject: where to send requests and whose CPU time to read. */
export interface RunningSubject {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of so many callers, where one caller may not have all streams. */
  callers?(count: number): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Root of the process tree to meter; undefined when there is nothing between the two ends. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Something that can stand between the load generator and the upstream. */
export interface Subject {
  readonly name: string;
  /** Says why the subject cannot take part, or undefined when it can. */
  leftOut(scenario: Scenario): string | undefined;
  start(context: SubjectContext): Promise<RunningSubject>;
}
