import { once } from 'node:events';
import type {
  MessagePart,
  StepUsage,
  ToolResultPart,
} from '../../src/chat/conversations/message.ts';
import type { AgentEngine, Run, RunRest } from '../../src/chat/loop/agent-engine.ts';
import type { ModelBook, OpenModel } from '../../src/chat/models/model-book.ts';
import { GatewayError } from '../../src/kernel/errors.ts';

const MODEL = 'demo/scripted';
const usage: StepUsage = {
  inputTokens: 10,
  cachedTokens: 2,
  cacheWriteTokens: 0,
  outputTokens: 5,
  reasoningTokens: 0,
  isEstimated: false,
};

/** A book with one scripted model, which is no language model. */
export const scriptedModels: ModelBook = {
  open: (_tenant, name) =>
    name === undefined || name === MODEL
      ? Promise.resolve([{ card: { name: MODEL } } as unknown as OpenModel])
      : Promise.reject(new GatewayError('invalid_params', `model: ${name} is not known`)),
  list: () => Promise.resolve([]),
};

/**
 * An engine that does what the last message of a person says: `say …` answers it, `ask` calls a
 * tool that needs an approval, `question` one that asks something, `call` one that hangs until it
 * is told to stop, `hang` waits, `many n` emits so many notes, `fail` fails.
 */
export const scriptedEngine: AgentEngine = {
  proceed: async (run) => {
    try {
      return await proceed(run);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      run.journal.emit({ type: 'error', code: 'internal', message });
      return { state: 'finished', reason: 'failed' };
    }
  },
};

async function proceed(run: Run): Promise<RunRest> {
  const { journal } = run;
  const history = await journal.history();
  const open = await journal.openCalls();
  if (open.size > 0) return goOn(run, open);
  const said = history.findLast(({ role }) => role === 'user');
  const text = textOf(said?.parts ?? []);
  journal.emit({ type: 'run_started', runId: run.id, model: run.models[0]?.card.name ?? '' });
  const [verb, ...words] = text.split(' ');
  switch (verb) {
    case 'hang':
      journal.emit({ type: 'text', text: 'Waiting' });
      return untilStopped(run);
    case 'ask':
    case 'question':
    case 'call':
      return call(run, verb);
    case 'many':
      for (let at = 0; at < Number(words[0]); at++) journal.emit({ type: 'note', text: `${at}` });
      return answer(run, 'Counted.');
    case 'who':
      return answer(run, `${run.principal.subject.id} ${run.principal.actor?.id}`);
    case 'count':
      return answer(run, `${history.length} messages`);
    case 'fail':
      throw new Error('It failed as it was told.');
    default:
      return answer(run, words.join(' ') || text);
  }
}

const TOOL = 'orders__cancel';

async function call(run: Run, verb: string): Promise<RunRest> {
  const { journal } = run;
  const made = (await journal.history()).flatMap(({ parts }) => parts);
  const number = made.filter(({ type }) => type === 'tool_call').length + 1;
  const callId = `call_${number}`;
  const mark = `t${number}`;
  const given = { order: 7 };
  await journal.append(
    'assistant',
    [{ type: 'tool_call', callId, mark, tool: TOOL, arguments: given }],
    { model: MODEL, usage, cost: undefined },
  );
  journal.emit({
    type: 'tool_call',
    callId,
    mark,
    service: 'orders',
    tool: TOOL,
    arguments: given,
  });
  if (verb === 'call') {
    await journal.noteCall(callId, { state: 'running' });
    return untilStopped(run);
  }
  if (verb === 'ask' && (await journal.alwaysAllowed()).has(TOOL)) {
    return end(run, callId, 'ok', 'Cancelled.');
  }
  const wait = { callId, tool: TOOL, message: 'May it be cancelled?' };
  const kind = verb === 'ask' ? ('approval' as const) : ('question' as const);
  const waits = [{ ...wait, kind, id: `${kind}_${run.id}_${number}` }];
  await journal.noteCall(callId, { state: 'waiting', waits });
  return { state: 'waiting', waits };
}

async function goOn(
  run: Run,
  open: Awaited<ReturnType<Run['journal']['openCalls']>>,
): Promise<RunRest> {
  const [[callId, state] = ['', undefined]] = open;
  run.journal.emit({ type: 'resumed' });
  if (state?.state !== 'waiting') return end(run, callId, 'interrupted', 'Nobody knows.');
  const [said] = await run.journal.answers();
  if (said === undefined) return { state: 'waiting', waits: state.waits };
  if (said.kind === 'caller') return end(run, callId, 'ok', said.output);
  if (said.kind === 'question') return end(run, callId, 'ok', JSON.stringify(said.response));
  return end(run, callId, said.isApproved ? 'ok' : 'denied', said.isApproved ? 'Done.' : 'No.');
}

async function end(
  run: Run,
  callId: string,
  how: ToolResultPart['end'],
  text: string,
): Promise<RunRest> {
  const { journal } = run;
  const content = [{ type: 'text', text }] as const;
  const facts = { durationMs: 3, usageId: how === 'ok' ? 'use_1' : null };
  const result: ToolResultPart = {
    type: 'tool_result',
    callId,
    tool: TOOL,
    end: how,
    content,
    ...facts,
  };
  await journal.noteCall(callId, { state: 'ended', result });
  journal.emit({ type: 'tool_result', result, cost: null });
  await journal.append('tool', [result]);
  return answer(run, `It is ${how}: ${text}`);
}

async function answer(run: Run, text: string): Promise<RunRest> {
  const { journal } = run;
  for (const word of text.split(/(?<= )/)) journal.emit({ type: 'text', text: word });
  const cost = { nano: 1_500_000n, currency: 'EUR' };
  await journal.append('assistant', [{ type: 'text', text }], { model: MODEL, usage, cost });
  const shown = { nano: String(cost.nano), currency: cost.currency };
  journal.emit({ type: 'step', step: 1, model: MODEL, usage, cost: shown });
  journal.emit({ type: 'finished', reason: 'done' });
  return { state: 'finished', reason: 'done' };
}

async function untilStopped({ signal }: Run): Promise<RunRest> {
  if (!signal.aborted) await once(signal, 'abort');
  return { state: 'finished', reason: 'stopped' };
}

function textOf(parts: readonly MessagePart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('');
}
