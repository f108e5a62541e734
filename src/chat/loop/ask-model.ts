import type * as Sdk from 'ai';
import type { LanguageModelUsage, ModelMessage, TextStreamPart, Tool, ToolSet } from 'ai';
import { isJsonObject, withoutMembers, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { TextPart } from '../conversations/message.ts';
import type { OpenModel } from '../models/model-book.ts';
import type { CheckArguments } from '../tools/argument-checker.ts';
import { writtenArguments } from './written-arguments.ts';

/** The SDK, loaded with the first step. */
export type ModelSdk = Pick<typeof Sdk, 'streamText' | 'jsonSchema' | 'tool'>;

/** A tool as a model is told of it. */
export interface ToldTool {
  /** As providers take names. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** What a model is asked in one step. */
export interface StepQuestion {
  readonly model: OpenModel;
  readonly system: string;
  readonly prompt: ModelMessage[];
  readonly tools: readonly ToldTool[];
  readonly temperature?: number;
  readonly outputTokensMax?: number;
  readonly topP?: number;
  /** Whether it has to call a tool; the name is as the provider knows it. */
  readonly toolChoice?: 'auto' | 'required' | { readonly name: string };
  readonly signal: AbortSignal;
  readonly check: CheckArguments;
  text(text: string): void;
  /** A text is whole. */
  textEnd(): void;
  reasoning(text: string): void;
}

/** What a model thought, and what its provider wants back of it. */
interface ThoughtPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly providerData?: JsonObject;
}

/** A call as the model wrote it. */
export interface WrittenCall {
  readonly type: 'call';
  /** As the provider knows the tool. */
  readonly name: string;
  readonly arguments: Json;
  readonly providerData?: JsonObject;
}

/** What came of a step, in the order in which it came. */
export interface StepAnswer {
  readonly parts: readonly (TextPart | ThoughtPart | WrittenCall)[];
  readonly finish: 'stop' | 'length' | 'refused' | 'calls' | 'aborted';
  readonly usage: LanguageModelUsage | undefined;
}

/** A step that failed, with what the model had said until then. */
export class StepFailure extends Error {
  readonly parts: StepAnswer['parts'];

  constructor(cause: unknown, parts: StepAnswer['parts']) {
    super('The step failed.', { cause });
    this.name = 'StepFailure';
    this.parts = parts;
  }
}

/** Loads the SDK; it must not write to the console of the gateway. */
export async function loadSdk(): Promise<ModelSdk> {
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return await import('ai');
}

/** Asks for one step. Rejects with StepFailure; one that was aborted says so in `finish`. */
export async function askModel(sdk: ModelSdk, question: StepQuestion): Promise<StepAnswer> {
  const { model, system, prompt, signal, temperature, outputTokensMax } = question;
  const reader = new StepReader(question);
  const tools = toolSet(sdk, question);
  const result = sdk.streamText({
    model: model.model,
    instructions: system,
    messages: prompt,
    abortSignal: signal,
    maxRetries: 0,
    ...(temperature === undefined ? {} : { temperature }),
    ...(outputTokensMax === undefined ? {} : { maxOutputTokens: outputTokensMax }),
    ...samplingOf(question),
    ...(question.tools.length === 0 ? {} : { tools, toolChoice: choiceOf(question) }),
    ...(isResponses(model) ? { providerOptions: RESPONSES_OPTIONS } : {}),
    // Errors come as parts of the stream; without this they would be printed.
    onError: () => {},
  });
  try {
    for await (const part of result.stream) reader.read(part);
  } catch (error) {
    reader.failed(error);
  }
  return reader.answer(signal);
}

function samplingOf({ temperature, topP }: StepQuestion) {
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }) };
}

function choiceOf({ toolChoice = 'auto' }: StepQuestion) {
  if (typeof toolChoice === 'string') return toolChoice;
  return { type: 'tool', toolName: toolChoice.name } as const;
}

/** Providers keep nothing of a conversation, and give thoughts to be brought back. */
const RESPONSES_OPTIONS = { openai: { store: false }, azure: { store: false } };

function isResponses({ model }: OpenModel): boolean {
  return model.provider.endsWith('.responses');
}

/** Tools without a way to run them: the loop does that itself. */
function toolSet(sdk: ModelSdk, { tools, check, model }: StepQuestion): ToolSet {
  const set: Record<string, Tool> = {};
  // Foreign schemas are seldom what OpenAI calls strict, which is its default there.
  const strict = isResponses(model) ? { strict: false } : {};
  for (const { name, description, inputSchema } of tools) {
    const validate = (value: unknown) => {
      const problem = check(inputSchema, value as Json);
      return problem === undefined
        ? ({ success: true, value } as const)
        : ({ success: false, error: new Error(problem) } as const);
    };
    const schema = sdk.jsonSchema(toldSchema(inputSchema), { validate });
    set[name] = sdk.tool({ description, inputSchema: schema, ...strict }) as Tool;
  }
  return set;
}

/** Providers want an object outermost; its dialect means nothing to them. */
function toldSchema(given: JsonObject): JsonObject {
  const schema = withoutMembers(given, ['$schema']);
  const properties = isJsonObject(schema['properties']) ? {} : { properties: {} };
  return { ...schema, type: 'object', ...properties };
}

class StepReader {
  readonly #question: StepQuestion;
  readonly #parts: (TextPart | ThoughtPart | WrittenCall)[] = [];
  #open: { type: 'text' | 'reasoning'; text: string } | undefined;
  #characters = 0;
  /** Calls whose arguments came piece by piece. */
  readonly #streamed = new Set<string>();
  #finish: StepAnswer['finish'] | 'failed' | undefined;
  #usage: LanguageModelUsage | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(question: StepQuestion) {
    this.#question = question;
  }

  read(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case 'text-start':
        return this.#begin('text');
      case 'reasoning-start':
        return this.#begin('reasoning');
      case 'text-delta':
        this.#add('text', part.text);
        return this.#question.text(part.text);
      case 'reasoning-delta':
        this.#add('reasoning', part.text);
        return this.#question.reasoning(part.text);
      case 'text-end':
      case 'reasoning-end':
        return this.#end(part.providerMetadata as JsonObject | undefined);
      case 'tool-input-delta':
        // Counted as it comes: a call that never ends must end the step.
        this.#streamed.add(part.id);
        return this.#count(part.delta.length);
      case 'tool-call': {
        this.#end(undefined);
        const { toolName: name, providerMetadata } = part;
        const written = { type: 'call', name, arguments: writtenArguments(part.input) } as const;
        if (!this.#streamed.delete(part.toolCallId)) {
          this.#count(JSON.stringify(written.arguments).length);
        }
        const data = callData(providerMetadata as JsonObject | undefined);
        this.#parts.push({ ...written, ...(data && { providerData: data }) });
        return;
      }
      case 'finish-step':
        this.#usage = part.usage;
        this.#finish = finishOf(part.finishReason);
        return;
      case 'abort':
        this.#finish = 'aborted';
        return;
      case 'error':
        return this.failed(part.error);
      default:
        return;
    }
  }

  failed(error: unknown): void {
    this.#failure ??= { error };
  }

  answer({ aborted }: AbortSignal): StepAnswer {
    this.#end(undefined);
    const parts = this.#parts;
    const usage = this.#usage;
    const finish = this.#finish;
    const isWhole = finish !== undefined && finish !== 'failed' && this.#failure === undefined;
    if (isWhole) return { parts, finish, usage };
    if (aborted) return { parts, finish: 'aborted', usage };
    const missing = new Error('The model ended its answer without an end.');
    throw new StepFailure(this.#failure?.error ?? missing, parts);
  }

  #begin(type: 'text' | 'reasoning'): void {
    this.#end(undefined);
    this.#open = { type, text: '' };
  }

  #add(type: 'text' | 'reasoning', text: string): void {
    if (this.#open?.type !== type) this.#begin(type);
    (this.#open as { text: string }).text += text;
    this.#count(text.length);
  }

  #end(providerData: JsonObject | undefined): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const isThought = open.type === 'reasoning';
    if (!isThought) this.#question.textEnd();
    const data = isThought ? providerData : callData(providerData);
    if (open.text === '' && data === undefined) return;
    this.#parts.push({ ...open, ...(data && { providerData: data }) });
  }

  #count(characters: number): void {
    this.#characters += characters;
    if (this.#characters > limits.chatStepCharactersMax) {
      throw new Error('The model answered more than is accepted.');
    }
  }
}

/**
 * What a provider wants back with a call or a text. The ids of items that OpenAI keeps name what is
 * not kept there, and the ids of calls are the gateway's own.
 */
function callData(metadata: JsonObject | undefined): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  const kept = Object.entries(metadata).flatMap(([provider, data]) => {
    if (!isJsonObject(data)) return [];
    const { itemId: _, ...rest } = data;
    const isEmpty = Object.values(rest).every((value) => value === null || value === undefined);
    return isEmpty ? [] : [[provider, rest] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function finishOf(reason: string): StepAnswer['finish'] | 'failed' {
  switch (reason) {
    case 'length':
      return 'length';
    case 'content-filter':
      return 'refused';
    case 'tool-calls':
      return 'calls';
    case 'error':
    case 'interrupted':
      return 'failed';
    default:
      return 'stop';
  }
}
