import { z } from '@hono/zod-openapi';
import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import type { RunWait } from '../../../../../chat/loop/agent-engine.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { Principal } from '../../../../../kernel/principal.ts';
import { type ApiRoute, defineRoute } from '../../../framework/define-route.ts';
import { respondJson } from '../../../framework/respond.ts';
import type { ChatRouteDeps } from '../chat-routes.ts';
import { EVENT_STREAM, eventStream, type StreamEvent } from '../event-stream.ts';
import { endWithReader } from './end-with-reader.ts';
import { bringResults, type ResumedRun } from './bring-results.ts';
import {
  completionHead,
  completionJson,
  completionUsage,
  finishReason,
  toolCallsOf,
} from './completion-json.ts';
import { askedIn, completionBody, resultsIn, type CompletionBody } from './completion-request.ts';
import { openaiErrors } from './openai-errors.ts';
import { readRun, type ReadRun } from './read-run.ts';

const answerSchema = z
  .looseObject({ id: z.string(), object: z.literal('chat.completion') })
  .openapi('ChatCompletion');

/** What this protocol cannot ask. */
const DECLINED: ReadonlySet<RunWait['kind']> = new Set(['approval', 'question']);

/** The chat as clients of OpenAI's Chat Completions know it: the gateway's tools run here. */
export function completionRoutes({ chat }: ChatRouteDeps): ApiRoute[] {
  return [
    defineRoute({
      tag: 'Chat',
      permission: 'chat.use',
      method: 'post',
      paths: ['/v1/chat/completions'],
      operationIds: ['createChatCompletion'],
      summary: 'Chat by OpenAI’s protocol',
      description:
        'Each request is a conversation of its own. What is in `messages` before the last one is ' +
        'told to the model as a text that somebody else wrote, for nobody vouches for it. Calls ' +
        'of your own `tools` come back as `tool_calls`; messages that end with all of their ' +
        'results go on with that very run. A call of a service that needs an approval is ' +
        'refused: this protocol cannot ask. When you leave, the run ends.',
      body: {
        schema: completionBody,
        bytesMax: limits.chatBodyBytesMax,
        example: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
      },
      answers: {
        200: { description: 'The answer.', schema: answerSchema, streamType: EVENT_STREAM },
      },
      errors: ['not_found', 'conflict', 'model_not_configured', 'model_unknown'],
      errorForm: openaiErrors,
      handle: async ({ principal, body, request }) => {
        const desk = await chat();
        const begun = await begin(desk, principal, body);
        if (body.stream === true) return streamed(desk, principal, body, begun);
        const patience = AbortSignal.timeout(limits.chatAnswerWaitMs);
        const signal = AbortSignal.any([patience, request.signal]);
        const read = readOf(principal, begun, signal);
        for await (const _ of readRun(desk, read));
        if (signal.aborted) endWithReader(desk, principal, begun.run);
        const summary = await desk.summary(principal, begun.run.id, begun.after);
        return respondJson(200, completionJson(summary, body.model));
      },
    }),
  ];
}

/** Goes on with the run that the messages bring results for, or begins one. */
async function begin(
  desk: ChatDesk,
  principal: Principal,
  body: CompletionBody,
): Promise<ResumedRun> {
  const results = resultsIn(body);
  if (results.length > 0) return bringResults(desk, principal, results);
  const run = await desk.say(principal, {
    ...askedIn(body),
    conversationId: undefined,
    parentId: undefined,
    model: body.model ?? undefined,
    limits: {},
  });
  return { run, after: 0 };
}

function readOf(principal: Principal, { run, after }: ResumedRun, signal: AbortSignal): ReadRun {
  return { principal, runId: run.id, after, declined: DECLINED, signal };
}

function streamed(
  desk: ChatDesk,
  principal: Principal,
  { model, stream_options: options }: CompletionBody,
  begun: ResumedRun,
): Response {
  const { run, after } = begun;
  const reading = new AbortController();
  let isAtRest = false;
  const head = { ...completionHead(run, model), object: 'chat.completion.chunk' };
  const chunk = (delta: object, reason: string | null = null): StreamEvent => ({
    data: { ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] },
  });
  async function* events(): AsyncGenerator<StreamEvent> {
    yield chunk({ role: 'assistant', content: '' });
    for await (const { event } of readRun(desk, readOf(principal, begun, reading.signal))) {
      if (event.type === 'text') yield chunk({ content: event.text });
    }
    isAtRest = true;
    const summary = await desk.summary(principal, run.id, after);
    const calls = toolCallsOf(summary);
    for (const [index, call] of calls.entries()) {
      const { name, arguments: given } = call.function;
      const begins = { ...call, index, function: { name, arguments: '' } };
      yield chunk({ tool_calls: [begins] });
      yield chunk({ tool_calls: [{ index, function: { arguments: given } }] });
    }
    yield chunk({}, finishReason(summary.stopReason, calls.length));
    if (options?.include_usage === true) {
      yield { data: { ...head, choices: [], usage: completionUsage(summary) } };
    }
    yield { data: '[DONE]' };
  }
  return eventStream(events(), () => {
    reading.abort();
    if (!isAtRest) endWithReader(desk, principal, run);
  });
}
