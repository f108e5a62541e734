import { GatewayError } from '../../kernel/errors.ts';
import { loadArgumentChecker } from '../tools/argument-checker.ts';
import type { ChatMessage } from '../conversations/message.ts';
import type { AgentEngine, Run, RunRest, StopReason } from './agent-engine.ts';
import { loadSdk } from './ask-model.ts';
import { runCalls } from './run-calls.ts';
import { runStep } from './run-step.ts';
import { costLimitsOf, RunPurse } from './run-purse.ts';
import { RunWork, type AgentEngineContext, type LoadedParts } from './run-work.ts';
import { StopRun } from './stop-run.ts';

/** Makes the engine; what it works with is loaded with the first run. */
export function createAgentEngine(
  context: AgentEngineContext,
  load: () => Promise<LoadedParts> = loadParts,
): AgentEngine {
  let loading: Promise<LoadedParts> | undefined;
  return {
    proceed: async (run) => {
      let work: RunWork | undefined;
      try {
        loading ??= load();
        // What could not be loaded is tried again with the next run.
        loading.catch(() => (loading = undefined));
        const limits = costLimitsOf(run.limits, context.costLimits);
        const [loaded, purse] = await Promise.all([loading, RunPurse.open(run.journal, limits)]);
        work = new RunWork(context, run, { loaded, purse });
        return await proceed(work);
      } catch (error) {
        return failed(context, run, error);
      } finally {
        work?.end();
      }
    },
  };
}

async function loadParts(): Promise<LoadedParts> {
  const [sdk, check] = await Promise.all([loadSdk(), loadArgumentChecker()]);
  return { sdk, check };
}

/** Goes on from the last message of the branch: that alone says where the run stands. */
async function proceed(work: RunWork): Promise<RunRest> {
  const { journal, id: runId, models } = work.run;
  let branch = await journal.history();
  work.remember(branch);
  try {
    if (branch.at(-1)?.role === 'user') {
      const model = models[0]?.card.name ?? '';
      journal.emit({ type: 'run_started', runId, model });
    }
    for (;;) {
      const last = branch.at(-1);
      if (last === undefined) throw new StopRun('failed', 'There is no message to answer.');
      const calls = last.role === 'assistant' ? callsOf(last) : [];
      if (last.role === 'assistant' && calls.length === 0) return finish(work, 'done');
      if (calls.length > 0) {
        const waits = await runCalls(work, branch, calls);
        if (waits.length > 0) {
          journal.emit({ type: 'waiting', waits });
          return { state: 'waiting', waits };
        }
      } else {
        work.checkLimits();
        const reason = await runStep(work, branch);
        if (reason !== undefined) return finish(work, reason);
      }
      branch = await journal.history();
    }
  } catch (error) {
    if (!(error instanceof StopRun)) throw error;
    const { reason, code, message } = error;
    if (code !== undefined || reason === 'failed') {
      journal.emit({ type: 'error', code: code ?? 'internal', message });
    } else if (message !== '') work.note(message);
    return finish(work, reason);
  }
}

function callsOf({ parts }: ChatMessage) {
  return parts.filter((part) => part.type === 'tool_call');
}

function finish({ run }: RunWork, reason: StopReason): RunRest {
  run.journal.emit({ type: 'finished', reason });
  return { state: 'finished', reason };
}

/** What nobody foresaw: its reader is told that much, the log the rest. */
function failed(
  { log }: AgentEngineContext,
  { id, journal, signal }: Run,
  error: unknown,
): RunRest {
  if (signal.aborted) return { state: 'finished', reason: 'stopped' };
  const text = error instanceof Error ? error.message : String(error);
  log.error({ runId: id, error: text }, 'a chat run failed');
  const isKnown = error instanceof GatewayError;
  const message = isKnown ? error.message : 'The gateway failed at this run; its log says why.';
  journal.emit({ type: 'error', code: isKnown ? error.code : 'internal', message });
  journal.emit({ type: 'finished', reason: 'failed' });
  return { state: 'finished', reason: 'failed' };
}
