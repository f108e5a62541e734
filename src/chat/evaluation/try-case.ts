import { formatMoney } from '../../kernel/money.ts';
import { evaluationLimits } from '../../kernel/limits/chat/evaluation-limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { ChatDesk } from '../desk/chat-desk.ts';
import { settleUnasked } from '../desk/settle-unasked.ts';
import type { CaseAnswer, EvaluationCase } from './case.ts';
import { judgeAnswer } from './judge-answer.ts';

/**
 * Asks one version of an agent one question, as a chat of the caller, and judges the answer. Nobody
 * can be asked meanwhile: what needs an approval is refused. The conversation goes afterwards; what
 * its run cost is in the books.
 */
export async function tryCase(
  desk: ChatDesk,
  principal: Principal,
  { question, values, expected }: EvaluationCase,
  agent: { readonly slug: string; readonly version: number },
  signal: AbortSignal,
): Promise<CaseAnswer> {
  const run = await desk.say(principal, {
    text: question,
    files: [],
    conversationId: undefined,
    parentId: undefined,
    model: undefined,
    agent: { ...agent, values },
    limits: {},
  });
  await settleUnasked(desk, principal, run.id, signal);
  if (signal.aborted) await desk.stop(principal, run.id);
  const summary = await desk.summary(principal, run.id);
  const read = await desk.conversations.read(principal, run.conversationId);
  const steps = read.messages.filter(({ role }) => role === 'assistant').length;
  const { RE2JS } = await import('re2js');
  const failures = judgeAnswer(expected, { summary, steps }, RE2JS);
  if (!signal.aborted) await desk.conversations.remove(principal, run.conversationId);
  return {
    answer: summary.answer.slice(0, evaluationLimits.evaluationAnswerCharactersMax),
    calls: summary.calls.map(({ tool, arguments: given, status }) => {
      return { tool, arguments: given, status };
    }),
    steps,
    cost: summary.cost.amounts.map(({ nano, currency }) => {
      return { amount: formatMoney(nano), currency };
    }),
    isUnpriced: summary.cost.isUnpriced,
    stopReason: summary.stopReason,
    failures,
  };
}
