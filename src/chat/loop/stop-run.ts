import type { StopReason } from './agent-engine.ts';

/** Ends a run where it is thrown. */
export class StopRun extends Error {
  readonly reason: StopReason;
  readonly code: string | undefined;

  constructor(reason: StopReason, message = '', code?: string) {
    super(message);
    this.name = 'StopRun';
    this.reason = reason;
    this.code = code;
  }
}
