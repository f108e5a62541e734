import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4FunctionTool,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { estimateTokens } from '../../../kernel/estimate-tokens.ts';
import { answerFrom, DISCLAIMER } from './answer-from.ts';
import { fillArguments } from './fill-arguments.ts';
import { pickTool } from './pick-tool.ts';
import { readTurn } from './read-turn.ts';

/** What the scripted model does next. */
type Move =
  | { readonly kind: 'call'; readonly tool: string; readonly input: string; readonly id: string }
  | { readonly kind: 'say'; readonly text: string };

const PIECE_CHARACTERS = 12;

/**
 * A model that is none: it picks a tool by the words of the question, fills its arguments from the
 * text, calls it and says what came back. It asks nobody, and says so. The same conversation has
 * always the same answer.
 */
export const demoModel: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'demo',
  modelId: 'demo',
  supportedUrls: {},
  doGenerate: (options) => {
    options.abortSignal?.throwIfAborted();
    const move = nextMove(options);
    return Promise.resolve({
      content: [contentOf(move)],
      finishReason: finishOf(move),
      usage: usageOf(options, move),
      warnings: [],
    });
  },
  doStream: (options) => {
    options.abortSignal?.throwIfAborted();
    const move = nextMove(options);
    const parts = streamParts(options, move);
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      pull: async (controller) => {
        // A turn of its own for every piece, as if it came from afar.
        await new Promise(setImmediate);
        if (options.abortSignal?.aborted === true) {
          controller.error(options.abortSignal.reason);
          return;
        }
        const { done, value } = parts.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
    });
    return Promise.resolve({ stream });
  },
};

function nextMove(options: LanguageModelV4CallOptions): Move {
  const turn = readTurn(options.prompt);
  if (turn.results.length > 0) return { kind: 'say', text: answerFrom(turn.results) };
  // Tools of services are named after them; the chat's own are for who understands.
  const tools = (options.tools ?? []).filter(
    (tool): tool is LanguageModelV4FunctionTool =>
      tool.type === 'function' && tool.name.includes('__'),
  );
  const tool = options.toolChoice?.type === 'none' ? undefined : pickTool(turn.question, tools);
  if (tool === undefined) {
    const names = tools.slice(0, 5).map(({ name }) => name);
    const offered =
      names.length === 0
        ? 'no tools are offered to me'
        : `none of the tools I see has words of your question: ${names.join(', ')}`;
    return { kind: 'say', text: `${DISCLAIMER} I could do nothing with this: ${offered}.` };
  }
  const { values, missing } = fillArguments(turn.question, tool);
  if (missing.length > 0) {
    const [first = ''] = missing;
    const text =
      `${DISCLAIMER} I would call ${tool.name}, and it needs ${missing.join(', ')}, which I do ` +
      `not find in your question; write for example: ${first}="…".`;
    return { kind: 'say', text };
  }
  const id = `demo_${turn.calls + 1}`;
  return { kind: 'call', tool: tool.name, input: JSON.stringify(values), id };
}

function contentOf(move: Move): LanguageModelV4Content {
  if (move.kind === 'say') return { type: 'text', text: move.text };
  return { type: 'tool-call', toolCallId: move.id, toolName: move.tool, input: move.input };
}

function* streamParts(
  options: LanguageModelV4CallOptions,
  move: Move,
): Generator<LanguageModelV4StreamPart, undefined> {
  yield { type: 'stream-start', warnings: [] };
  const text = move.kind === 'say' ? move.text : move.input;
  const pieces = text.match(new RegExp(`[^]{1,${PIECE_CHARACTERS}}`, 'gu')) ?? [];
  if (move.kind === 'say') {
    yield { type: 'text-start', id: '1' };
    for (const delta of pieces) yield { type: 'text-delta', id: '1', delta };
    yield { type: 'text-end', id: '1' };
  } else {
    const { id, tool: toolName } = move;
    yield { type: 'tool-input-start', id, toolName };
    for (const delta of pieces) yield { type: 'tool-input-delta', id, delta };
    yield { type: 'tool-input-end', id };
    yield { type: 'tool-call', toolCallId: id, toolName, input: move.input };
  }
  yield { type: 'finish', finishReason: finishOf(move), usage: usageOf(options, move) };
  return undefined;
}

function finishOf({ kind }: Move): LanguageModelV4FinishReason {
  const unified = kind === 'say' ? 'stop' : 'tool-calls';
  return { unified, raw: unified };
}

/** What a language model might have used: lengths, by the gateway's own estimate. */
function usageOf(
  { prompt, tools = [] }: LanguageModelV4CallOptions,
  move: Move,
): LanguageModelV4Usage {
  const read = estimateTokens(JSON.stringify([prompt, tools]));
  const written = estimateTokens(move.kind === 'say' ? move.text : move.input);
  return {
    inputTokens: { total: read, noCache: read, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: written, text: written, reasoning: 0 },
  };
}
