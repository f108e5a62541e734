import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { ModelCard, OpenModel } from '../../../src/chat/models/model-book.ts';

/** What a scripted model answers in a step. */
export interface ScriptedAnswer {
  readonly text?: string;
  readonly calls?: readonly { readonly name: string; readonly input: object | string }[];
  /** Thrown before anything is said. */
  readonly error?: Error;
  /** In the middle of the answer, behind its text. */
  readonly cut?: unknown;
  readonly finish?: 'stop' | 'length' | 'content-filter' | 'tool-calls';
  readonly usage?: { readonly input: number; readonly output: number };
  /** How much of the text comes at once. */
  readonly deltaCharacters?: number;
  /** The answer does not end before it is aborted. */
  readonly hangs?: boolean;
}

/** A model in memory that answers by the prompt, and what it was asked. */
export interface ScriptedModel extends OpenModel {
  readonly asked: LanguageModelV4CallOptions[];
}

/** Makes one; `answer` is asked with the number of the model's own turns so far. */
export function scriptedModel(
  answer: (turn: number, options: LanguageModelV4CallOptions) => ScriptedAnswer,
  card: Partial<ModelCard> = {},
  costOf: OpenModel['costOf'] = () => undefined,
): ScriptedModel {
  const asked: LanguageModelV4CallOptions[] = [];
  const model: LanguageModelV4 = {
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('only streams')),
    doStream: (options) => {
      asked.push(options);
      const turn = options.prompt.filter(({ role }) => role === 'assistant').length;
      const said = answer(turn, options);
      if (said.error !== undefined) return Promise.reject(said.error);
      return Promise.resolve({ stream: streamOf(said, options.abortSignal) });
    },
  };
  return {
    asked,
    model,
    costOf,
    card: {
      name: 'test/scripted',
      provider: 'test',
      contextTokens: 100_000,
      outputTokensMax: null,
      takes: ['image/'],
      takesFilesInResults: true,
      isLanguageModel: true,
      isDefault: true,
      fallback: null,
      ...card,
    },
  };
}

function streamOf(
  said: ScriptedAnswer,
  signal: AbortSignal | undefined,
): ReadableStream<LanguageModelV4StreamPart> {
  const parts = partsOf(said);
  return new ReadableStream<LanguageModelV4StreamPart>({
    // One after the other: an error would drop what nobody has read yet.
    pull: (controller) => {
      const part = parts.shift();
      if (part !== undefined) return controller.enqueue(part);
      if (said.cut !== undefined) return controller.error(said.cut);
      if (said.hangs !== true) return controller.close();
      return new Promise<void>((resolve) => {
        const end = (): void => {
          controller.error(signal?.reason);
          resolve();
        };
        signal?.addEventListener('abort', end, { once: true });
      });
    },
  });
}

function partsOf({ text, calls = [], ...said }: ScriptedAnswer): LanguageModelV4StreamPart[] {
  const parts: LanguageModelV4StreamPart[] = [{ type: 'stream-start', warnings: [] }];
  if (text !== undefined) {
    parts.push({ type: 'text-start', id: '1' });
    const { deltaCharacters: most = 7 } = said;
    for (let at = 0; at < text.length; at += most) {
      parts.push({ type: 'text-delta', id: '1', delta: text.slice(at, at + most) });
    }
  }
  if (said.cut !== undefined || said.hangs === true) return parts;
  if (text !== undefined) parts.push({ type: 'text-end', id: '1' });
  for (const [at, { name, input }] of calls.entries()) {
    const written = typeof input === 'string' ? input : JSON.stringify(input);
    parts.push({ type: 'tool-call', toolCallId: `p${at}`, toolName: name, input: written });
  }
  const unified = said.finish ?? (calls.length > 0 ? 'tool-calls' : 'stop');
  const { input, output } = said.usage ?? { input: 10, output: 5 };
  parts.push({
    type: 'finish',
    finishReason: { unified, raw: undefined },
    usage: {
      inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: output, text: output, reasoning: undefined },
    },
  });
  return parts;
}
