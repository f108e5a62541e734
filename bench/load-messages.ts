import type { ClientEra, ToolName } from './scenario.ts';

/** What the benchmark asks of the load process; each message is answered before the next. */
export type LoadMessage =
  | {
      readonly type: 'open';
      readonly url: string;
      /** Headers of the callers; the connections are theirs in turn. */
      readonly headers: readonly Readonly<Record<string, string>>[];
      readonly era: ClientEra;
      readonly tool: ToolName;
      readonly connections: number;
    }
  | { readonly type: 'run'; readonly until: LoadEnd }
  | { readonly type: 'hold' }
  | { readonly type: 'close' };

/** When a run stops sending: after a time, or after a number of requests. */
export type LoadEnd = { readonly durationMs: number } | { readonly requests: number };

/** What a run of the load generator saw; any error makes the whole benchmark fail. */
export interface LoadResult {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: readonly string[];
}
