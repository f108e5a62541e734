import { parseExact, toNano } from '../../kernel/exact.ts';
import type { RunLimits } from '../loop/agent-engine.ts';
import type { AgentLimits } from './agent.ts';

/** How far a run of an agent may go: whoever asks can make it less, and never more. */
export function agentRunLimits(
  usual: RunLimits,
  { steps, seconds, parallelCalls, cost }: AgentLimits,
  asked: Partial<RunLimits>,
): RunLimits {
  const own = cost && { nano: toNano(parseExact(cost.amount)), currency: cost.currency };
  const costMax = leastCost(own ?? undefined, asked.costMax);
  return {
    stepsMax: least(steps ?? usual.stepsMax, asked.stepsMax),
    totalMs: least(seconds === null ? usual.totalMs : seconds * 1_000, asked.totalMs),
    parallelCallsMax: least(parallelCalls ?? usual.parallelCallsMax, asked.parallelCallsMax),
    ...(costMax !== undefined && { costMax }),
  };
}

const least = (own: number, asked: number | undefined): number => Math.min(own, asked ?? own);

/** Amounts of two currencies cannot be compared: then the agent's own holds. */
function leastCost(own: RunLimits['costMax'], asked: RunLimits['costMax']): RunLimits['costMax'] {
  if (own === undefined || asked === undefined) return own ?? asked;
  return own.currency === asked.currency && asked.nano < own.nano ? asked : own;
}
