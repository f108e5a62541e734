import { GatewayError } from '../kernel/errors.ts';
import type { McpOutcome, PipedOutcome } from './message.ts';

/** The outcome of a request whose io has no pipe: its result is there as a whole. */
export function keptOutcome<Outcome extends McpOutcome>(
  outcome: Outcome,
): Exclude<Outcome, PipedOutcome> {
  if (outcome.resultType !== 'piped') return outcome as Exclude<Outcome, PipedOutcome>;
  throw new GatewayError('internal', undefined, { cause: new Error('piped without a pipe') });
}
