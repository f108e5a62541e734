import type { Principal } from '../../kernel/principal.ts';
import type { RunAnswer, RunWait } from '../loop/agent-engine.ts';
import type { ChatDesk } from './chat-desk.ts';

/** A run, and what nobody can be asked there. */
export interface UnaskedRun {
  readonly principal: Principal;
  readonly runId: string;
  readonly declined: ReadonlySet<RunWait['kind']>;
}

const EVERYTHING: ReadonlySet<RunWait['kind']> = new Set(['approval', 'question']);

/** Waits for the end of a run that nobody can be asked in, and says no to whatever it asks. */
export async function settleUnasked(
  desk: ChatDesk,
  principal: Principal,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await desk.settled(principal, runId, signal);
    if (signal.aborted) return;
    if (!(await declineWaits(desk, { principal, runId, declined: EVERYTHING }))) return;
  }
}

/** Says no to whatever a run waits for of these kinds; whether it goes on. */
export async function declineWaits(
  desk: ChatDesk,
  { principal, runId, declined }: UnaskedRun,
): Promise<boolean> {
  const { waits } = await desk.summary(principal, runId);
  const answers = waits.filter(({ kind }) => declined.has(kind)).flatMap(no);
  return answers.length > 0 && (await desk.answer(principal, runId, answers));
}

function no({ id, kind }: RunWait): readonly RunAnswer[] {
  if (kind === 'approval') return [{ id, kind, isApproved: false }];
  return kind === 'question' ? [{ id, kind, response: { action: 'decline' } }] : [];
}
