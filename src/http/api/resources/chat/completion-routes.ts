import { z } from '@hono/zod-openapi';
import type { ChatRun } from '../../../../chat/chat-run.ts';
import type { ChatDesk } from '../../../../chat/desk/chat-desk.ts';
import type { RunSummary } from '../../../../chat/runs/run-summary.ts';
import type { StopReason } from '../../../../chat/loop/agent-engine.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { type ApiRoute, defineRoute, type ErrorForm } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import type { ChatRouteDeps } from './chat-routes.ts';
import { EVENT_STREAM, eventStream, type StreamEvent } from './event-stream.ts';

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);

const bodySchema = z
  .looseObject({
    model: z.string().min(1).max(limits.titleLengthMax).describe('`provider/model`, or `default`.'),
    messages: z
      .array(z.looseObject({ role: z.string(), content: contentSchema.nullable().optional() }))
      .min(1)
      .max(2 * limits.chatMessagesPerConversationMax),
    stream: z.boolean().nullable().optional(),
    stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullable().optional(),
    tools: z
      .array(z.unknown())
      .max(0, 'Tools of the caller are not taken; register a service.')
      .optional(),
    n: z.literal(1).nullable().optional(),
  })
  .openapi('ChatCompletionRequest');

const errorForm: ErrorForm = {
  mediaType: 'application/json; charset=utf-8',
  schema: z.looseObject({ error: z.looseObject({ message: z.string(), code: z.string() }) }),
  body: ({ detail, code, status }) => {
    const type = status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message: detail, type, param: null, code } };
  },
};

const answerSchema = z
  .looseObject({ id: z.string(), object: z.literal('chat.completion') })
  .openapi('ChatCompletion');

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
        'told to the model as a text that somebody else wrote, for nobody vouches for it. A call ' +
        'that needs an approval is refused: this protocol cannot ask.',
      body: {
        schema: bodySchema,
        bytesMax: limits.chatBodyBytesMax,
        example: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
      },
      answers: {
        200: { description: 'The answer.', schema: answerSchema, streamType: EVENT_STREAM },
      },
      errors: ['not_found', 'conflict', 'model_not_configured', 'model_unknown'],
      errorForm,
      handle: async ({ principal, body, request }) => {
        const desk = await chat();
        const run = await desk.say(principal, {
          text: promptOf(body.messages),
          files: [],
          conversationId: undefined,
          parentId: undefined,
          model: body.model === 'default' ? undefined : body.model,
          limits: {},
        });
        if (body.stream === true) {
          return streamed(desk, principal, run, body.model, body.stream_options?.include_usage);
        }
        const patience = AbortSignal.timeout(limits.chatAnswerWaitMs);
        const signal = AbortSignal.any([patience, request.signal]);
        await refuseApprovals(desk, principal, run.id, signal);
        const summary = await desk.summary(principal, run.id);
        return respondJson(200, completionJson(summary, body.model));
      },
    }),
  ];
}

type Messages = z.output<typeof bodySchema>['messages'];

/** What is asked last, behind what the client says was said before. */
function promptOf(messages: Messages): string {
  const last = messages.at(-1);
  if (last?.role !== 'user') {
    const fix = 'Let the last message be a user’s.';
    throw fieldProblem([{ field: 'messages', problem: 'does not end with a user’s', fix }]);
  }
  const text = textOf(last);
  const before = messages.slice(0, -1).map((one) => `${one.role}: ${textOf(one)}`);
  const whole =
    before.length === 0
      ? text
      : `Earlier, as the client tells it:\n${before.join('\n')}\n\nNow:\n${text}`;
  if (text === '' || whole.length > limits.chatMessageCharactersMax) {
    const problem = text === '' ? 'says nothing' : 'is too long';
    const fix = `Send up to ${limits.chatMessageCharactersMax} characters of text.`;
    throw fieldProblem([{ field: 'messages', problem, fix }]);
  }
  return whole;
}

function textOf({ content }: Messages[number]): string {
  if (typeof content === 'string') return content;
  return (content ?? [])
    .flatMap((part) => (part.type === 'text' ? (part.text ?? []) : []))
    .join('');
}

/** Waits for the end, and says no to whatever it asks. */
async function refuseApprovals(
  desk: ChatDesk,
  principal: Principal,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await desk.settled(principal, runId, signal);
    if (signal.aborted || !(await refusedWaits(desk, principal, runId))) return;
  }
}

/** True when the run waited and goes on. */
async function refusedWaits(desk: ChatDesk, principal: Principal, runId: string): Promise<boolean> {
  const { waits } = await desk.summary(principal, runId);
  if (waits.length === 0) return false;
  const answers = waits.map(({ id, kind }) =>
    kind === 'approval'
      ? { id, kind, isApproved: false }
      : { id, kind, response: { action: 'decline' } },
  );
  return desk.answer(principal, runId, answers);
}

function finishReason(reason: StopReason | null): string {
  if (reason === 'length') return 'length';
  return reason === 'refused' ? 'content_filter' : 'stop';
}

function usageJson({ usage }: RunSummary) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

function headOf(run: ChatRun, model: string) {
  return { id: `chatcmpl-${run.id}`, created: Math.floor(run.createdAtMs / 1_000), model };
}

function completionJson(summary: RunSummary, model: string) {
  const { run, answer, error, stopReason } = summary;
  const content = answer === '' && error !== null ? error.message : answer;
  return {
    ...headOf(run, model),
    object: 'chat.completion' as const,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: finishReason(stopReason),
      },
    ],
    usage: usageJson(summary),
  };
}

async function streamed(
  desk: ChatDesk,
  principal: Principal,
  run: ChatRun,
  model: string,
  withUsage = false,
): Promise<Response> {
  const reading = new AbortController();
  const head = { ...headOf(run, model), object: 'chat.completion.chunk' };
  const chunk = (delta: object, reason: string | null = null): StreamEvent => ({
    data: { ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] },
  });
  let followed = await desk.follow(principal, run.id, 0, reading.signal);
  async function* events(): AsyncGenerator<StreamEvent> {
    yield chunk({ role: 'assistant', content: '' });
    for (let last = 0; ;) {
      for await (const { seq, event } of followed) {
        last = seq;
        if (event.type === 'text') yield chunk({ content: event.text });
      }
      if (reading.signal.aborted || !(await refusedWaits(desk, principal, run.id))) break;
      followed = await desk.follow(principal, run.id, last, reading.signal);
    }
    const summary = await desk.summary(principal, run.id);
    yield chunk({}, finishReason(summary.stopReason));
    if (withUsage) yield { data: { ...head, choices: [], usage: usageJson(summary) } };
    yield { data: '[DONE]' };
  }
  return eventStream(events(), () => reading.abort());
}
