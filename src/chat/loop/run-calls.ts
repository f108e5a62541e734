import { limits } from '../../kernel/limits.ts';
import type { ChatMessage, ToolCallPart, ToolResultPart } from '../conversations/message.ts';
import type { CallState, RunWait } from './agent-engine.ts';
import { taintOf } from './approval-policy.ts';
import { ownResult } from './call-result.ts';
import { readDataFlow } from './data-flow.ts';
import { toolCost } from './run-purse.ts';
import type { RunWork } from './run-work.ts';
import { countSameCalls, isLoop, sameCallNote } from './same-calls.ts';
import { notMade, settleCall, type CallRound, type SettledCall } from './settle-call.ts';
import { StopRun } from './stop-run.ts';

/**
 * Goes on with the calls of a branch's last message until all of them have ended or wait for
 * somebody; what they wait for, nothing when all have ended. Their results are then a message of
 * the branch. Throws StopRun after that, when one of them ends the run.
 */
export async function runCalls(
  work: RunWork,
  branch: readonly ChatMessage[],
  calls: readonly ToolCallPart[],
): Promise<readonly RunWait[]> {
  const { journal } = work.run;
  const round = await roundOf(work, branch);
  const states = await journal.openCalls();
  if (isAnswered(round, [...states.values()])) journal.emit({ type: 'resumed' });
  const counts = countSameCalls(branch, work.run.id, calls);
  const isLoopOf = (call: ToolCallPart): boolean => isLoop(counts.get(call.callId) ?? 0);
  const settled = new Map<string, SettledCall>();
  let stop = calls.some(isLoopOf) ? new StopRun('loop_detected') : undefined;
  const settleOne = async (call: ToolCallPart, at: number): Promise<void> => {
    const state = states.get(call.callId);
    let one: SettledCall;
    try {
      one = await settleNext(work, round, call, state, { at, stop, isLoop: isLoopOf(call) });
    } catch (error) {
      if (!(error instanceof StopRun)) throw error;
      stop ??= error;
      const text = 'The run ended in the middle of this call: nobody knows whether it was done.';
      one = { result: ownResult(call, 'interrupted', text) };
    }
    settled.set(call.callId, one);
    if (!('result' in one) || state?.state === 'ended') return;
    const note = isLoopOf(call) ? undefined : sameCallNote(counts.get(call.callId) ?? 0);
    const result = withNote(one.result, note);
    settled.set(call.callId, { result });
    const cost = result.cost && toolCost(result.cost);
    if (cost !== undefined) work.purse.count(cost);
    journal.emit({ type: 'tool_result', result, cost: result.cost ? { ...result.cost } : null });
    await journal.noteCall(call.callId, { state: 'ended', result }, cost);
  };
  await inParallel(calls, work.run.limits.parallelCallsMax, settleOne);
  const all = [...settled.values()];
  // Calls that are the same ask for one approval, which then lets through one of them.
  const asked = all.flatMap((one) => ('waits' in one ? one.waits : []));
  const waits = [...new Map(asked.map((wait) => [wait.id, wait])).values()];
  const isOver = stop !== undefined || work.signal.aborted;
  if (waits.length > 0 && !isOver) return waits;
  const results = calls.map((call): ToolResultPart => {
    const one = settled.get(call.callId);
    return one !== undefined && 'result' in one ? one.result : notMade(call);
  });
  await journal.append('tool', results);
  if (stop !== undefined) throw stop;
  return [];
}

async function settleNext(
  work: RunWork,
  round: CallRound,
  call: ToolCallPart,
  state: CallState | undefined,
  place: { readonly at: number; readonly stop: StopRun | undefined; readonly isLoop: boolean },
): Promise<SettledCall> {
  // What ran, or has ended, is told as it was, whatever happens to the run.
  const isBegun = state?.state === 'ended' || state?.state === 'running';
  if (!isBegun && place.isLoop) {
    const text = 'The call was not made: it was made with the same arguments again and again.';
    return { result: ownResult(call, 'error', text) };
  }
  if (!isBegun && (place.stop !== undefined || work.signal.aborted))
    return { result: notMade(call) };
  if (!isBegun && place.at >= limits.chatCallsPerStepMax) {
    const text = `The call was not made: one step may make ${limits.chatCallsPerStepMax} calls.`;
    return { result: ownResult(call, 'error', text) };
  }
  return await settleCall(work, round, call, state);
}

async function roundOf(work: RunWork, branch: readonly ChatMessage[]): Promise<CallRound> {
  const { context, run } = work;
  const { tenant } = run.principal;
  const ask = work.toolAsk(branch);
  // A caller that has a tool of this name means its own.
  const near = [...work.callerTools, ...work.ownTools];
  return {
    history: branch,
    answers: await run.journal.answers(),
    alwaysAllowed: await run.journal.alwaysAllowed(),
    taintedBy: taintOf(branch, (slug) => context.isTrusted(tenant, slug)),
    flow: readDataFlow(branch),
    find: (name) =>
      near.find(({ publicName }) => publicName === name) ?? context.shelf.find(ask, name),
  };
}

/** Whether somebody said something that a call waited for. */
function isAnswered({ answers }: CallRound, states: readonly (CallState | undefined)[]): boolean {
  const waited = states.flatMap((one) => (one?.state === 'waiting' ? one.waits : []));
  return waited.some(({ id }) => answers.some((answer) => answer.id === id));
}

function withNote(result: ToolResultPart, note: string | undefined): ToolResultPart {
  if (note === undefined) return result;
  return { ...result, content: [...result.content, { type: 'text', text: note }] };
}

/** Runs the work for each, so many at once; the first failure is thrown when all have ended. */
async function inParallel<Item>(
  items: readonly Item[],
  most: number,
  run: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [at, item] of queue) await run(item, at);
  };
  const lanes = Array.from({ length: Math.max(1, Math.min(most, items.length)) }, lane);
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
