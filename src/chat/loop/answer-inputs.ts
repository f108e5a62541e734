import type { ModelMessage } from 'ai';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, objectMember, stringMember } from '../../kernel/json.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { decodeBase64 } from '../tools/encoded-bytes.ts';
import type { ToolCallPart } from '../conversations/message.ts';
import type { ModelCard } from '../models/model-book.ts';
import type { RunAnswer, RunWait } from './agent-engine.ts';
import { askModels } from './ask-models.ts';
import { stepEvent } from './step-event.ts';
import type { RunWork } from './run-work.ts';

/** What a service asked for: what people answer, and what was answered without them. */
export interface SortedInputs {
  readonly waits: readonly RunWait[];
  readonly inputs: JsonObject;
}

/**
 * Answers what a service wants to know in the middle of a call (2026-07-28
 * basic/patterns/mrtr): questions wait for the user, what it wants a model to write is written by
 * the run's own under the run's limits, and there are no roots.
 */
export async function answerInputs(
  work: RunWork,
  call: ToolCallPart,
  inputRequests: Readonly<Record<string, JsonObject>>,
): Promise<SortedInputs> {
  const waits: RunWait[] = [];
  const inputs: Record<string, Json> = {};
  for (const [key, request] of Object.entries(inputRequests)) {
    const params = objectMember(request, 'params') ?? {};
    switch (request['method']) {
      case 'elicitation/create':
        waits.push(questionOf(call, key, params));
        break;
      case 'sampling/createMessage':
        inputs[key] = await sample(work, call, params);
        break;
      case 'roots/list':
        inputs[key] = { roots: [] };
        break;
      default:
        throw new GatewayError(
          'upstream_failed',
          'The service asked for an unknown kind of input.',
        );
    }
  }
  return { waits, inputs };
}

/** What people said to the waits of a call, by the keys of its service, and what still waits. */
export function givenAnswers(
  { callId }: ToolCallPart,
  waits: readonly RunWait[],
  answers: readonly RunAnswer[],
): { readonly inputs: JsonObject; readonly left: readonly RunWait[] } {
  const inputs: Record<string, Json> = {};
  const left = waits.filter((wait) => {
    const answer = answers.find(({ id, kind }) => id === wait.id && kind === 'question');
    if (answer?.kind !== 'question') return true;
    inputs[wait.id.slice(callId.length + 1)] = answer.response;
    return false;
  });
  return { inputs, left };
}

function questionOf({ callId, tool }: ToolCallPart, key: string, params: JsonObject): RunWait {
  const message = stringMember(params, 'message') ?? '';
  const wait = { callId, tool, kind: 'question', id: `${callId}.${key}`, message } as const;
  if (params['mode'] === 'url') {
    const url = stringMember(params, 'url') ?? '';
    if (!/^https?:\/\//i.test(url)) {
      throw new GatewayError(
        'upstream_failed',
        'The service sends its user to what is no web page.',
      );
    }
    return { ...wait, url };
  }
  const schema = objectMember(params, 'requestedSchema');
  return { ...wait, schema: schema ?? { type: 'object', properties: {} } };
}

/** Lets the run's model write what a service wants written; the run pays for it. */
async function sample(
  work: RunWork,
  { tool }: ToolCallPart,
  params: JsonObject,
): Promise<JsonObject> {
  if (work.samplings >= limits.chatSamplingsPerRunMax) {
    const text = 'The services of this run had its model write too often.';
    throw new GatewayError('too_many', text);
  }
  if (params['tools'] !== undefined) {
    const text = 'The service wants a model with tools of its own, which a chat does not lend.';
    throw new GatewayError('missing_capability', text);
  }
  work.samplings += 1;
  const wanted = params['maxTokens'];
  const most = limits.chatSamplingTokensMax;
  const outputTokensMax = typeof wanted === 'number' && wanted > 0 ? Math.min(wanted, most) : most;
  const silent = { text: () => {}, textEnd: () => {}, reasoning: () => {} };
  const asked = await askModels(work, ({ card }) =>
    Promise.resolve({
      system: stringMember(params, 'systemPrompt') ?? '',
      prompt: samplingPrompt(params['messages'], card),
      tools: [],
      outputTokensMax: Math.floor(outputTokensMax),
      ...silent,
    }),
  );
  const { answer, usage, model } = asked;
  work.checkStopped();
  const slug = tool.split('__')[0] ?? tool;
  work.run.journal.emit(stepEvent(work.steps, asked));
  const written = `had the model write ${usage.outputTokens} tokens, which count for this run.`;
  work.note(`The service ${slug} ${written}`);
  const text = answer.parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('');
  const stopReason = answer.finish === 'length' ? 'maxTokens' : 'endTurn';
  return { role: 'assistant', content: { type: 'text', text }, model: model.card.name, stopReason };
}

function samplingPrompt(messages: Json | undefined, card: ModelCard): ModelMessage[] {
  const list = Array.isArray(messages) ? (messages as Json[]) : [];
  return list.filter(isJsonObject).map(({ role, content }): ModelMessage => {
    const blocks = (Array.isArray(content) ? (content as Json[]) : [content]).filter(isJsonObject);
    if (role === 'assistant') {
      return {
        role: 'assistant',
        content: blocks.map((one) => stringMember(one, 'text') ?? '').join('\n'),
      };
    }
    return { role: 'user', content: blocks.map((one) => samplingPart(one, card)) };
  });
}

function samplingPart(block: JsonObject, { takes }: ModelCard) {
  const { type, text, data, mimeType } = block;
  if (type === 'text' && typeof text === 'string') return { type: 'text', text } as const;
  const mediaType = typeof mimeType === 'string' ? mimeType : '';
  const bytes = typeof data === 'string' ? decodeBase64(data) : undefined;
  if (bytes !== undefined && takes.some((kind) => mediaType.startsWith(kind))) {
    return { type: 'file', data: new Uint8Array(bytes), mediaType } as const;
  }
  return { type: 'text', text: '[a part that this model cannot read]' } as const;
}
