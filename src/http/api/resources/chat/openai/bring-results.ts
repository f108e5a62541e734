import type { ChatRun } from '../../../../../chat/chat-run.ts';
import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import type { RunAnswer } from '../../../../../chat/loop/agent-engine.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { Principal } from '../../../../../kernel/principal.ts';
import { wrong } from './sent-content.ts';

/** What a caller brings of a call, and the field of the request that has it. */
export interface BroughtResult {
  readonly field: string;
  readonly answer: RunAnswer;
}

/** A run that goes on, and the last event before it does. */
export interface ResumedRun {
  readonly run: ChatRun;
  readonly after: number;
}

/**
 * Goes on with the run whose calls these are the results of. A result counts for a call that a run
 * of this very caller waits for now, and for nothing else; all that a run waits for is brought at
 * once. Throws `invalid_params` otherwise, and nothing happened then.
 */
export async function bringResults(
  desk: ChatDesk,
  principal: Principal,
  results: readonly BroughtResult[],
  expected?: string,
): Promise<ResumedRun> {
  const [first] = results;
  if (first === undefined) throw new Error('There are no results to bring.');
  const run = await desk.awaiting(principal, first.answer.id);
  if (run === undefined || (expected !== undefined && run.id !== expected)) throw notOpen(first);
  const { waits, lastSeq } = await desk.summary(principal, run.id);
  const open = new Map(waits.map((wait) => [wait.id, wait]));
  for (const result of results) {
    const { answer, field } = result;
    if (open.get(answer.id)?.kind !== answer.kind) throw notOpen(result);
    open.delete(answer.id);
    const most = limits.chatCallerResultCharactersMax;
    if (answer.kind === 'caller' && answer.output.length > most) {
      throw wrong(field, 'is too long', `Bring up to ${most} characters.`);
    }
  }
  const [left] = open.values();
  if (left !== undefined) {
    const what = left.kind === 'caller' ? 'a result' : 'an answer';
    const fix = `The run waits for ${open.size} more: send ${what} for "${left.id}" too.`;
    throw wrong(first.field, 'is not all that is waited for', fix);
  }
  const answers = results.map(({ answer }) => answer);
  await desk.answer(principal, run.id, answers);
  return { run, after: lastSeq };
}

function notOpen({ field, answer }: BroughtResult) {
  const fix = 'Bring results only of calls that an answer of this gateway has just asked for.';
  return wrong(field, `answers "${answer.id.slice(0, 64)}", which is no open call of yours`, fix);
}
