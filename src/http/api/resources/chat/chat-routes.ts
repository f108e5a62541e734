import { z } from '@hono/zod-openapi';
import type { NewArtifact } from '../../../../chat/conversations/artifact-store.ts';
import { isOfType } from '../../../../chat/conversations/check-file.ts';
import type { RunAnswer, RunLimits } from '../../../../chat/loop/agent-engine.ts';
import { resolveModel } from '../../../../chat/desk/resolve-model.ts';
import type { ChatDesk, SaidAgent } from '../../../../chat/desk/chat-desk.ts';
import type { ChatRun } from '../../../../chat/chat-run.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import { answerJson, eventJson } from './chat-json.ts';
import {
  answersSchema,
  chatAnswerSchema,
  chatRequestSchema,
  runParams,
  runStateSchema,
} from './chat-schemas.ts';
import { EVENT_STREAM, eventStream, type StreamEvent } from './event-stream.ts';

/** What the routes of chats need; the chat is loaded when it is first wanted. */
export interface ChatRouteDeps {
  chat(): Promise<ChatDesk>;
}

const tag = 'Chat';
const common = { tag, permission: 'chat.use' } as const;
const answer = { description: 'What came of it.', schema: chatAnswerSchema };

/** Saying something, and reading, stopping and answering the run that comes of it. */
export function chatRoutes(deps: ChatRouteDeps): ApiRoute[] {
  return [sayRoute(deps), runRoute(deps), eventsRoute(deps), stopRoute(deps), answersRoute(deps)];
}

const sayRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/chat', '/api/v1/chat'],
    operationIds: ['chat', 'chatUnderApi'],
    summary: 'Say what you want, over every service that you may use',
    description:
      'Answers when the run has come to rest, which may be that it waits for you (`waiting`). ' +
      'With `stream` the answer is server-sent events: `run`, then the numbered events of the ' +
      'run, then `answer`. The run goes on when you leave: read it again by its id, or stop it.',
    body: {
      schema: chatRequestSchema,
      bytesMax: limits.chatBodyBytesMax,
      example: { message: 'Which orders are late?' },
    },
    answers: { 200: { ...answer, streamType: EVENT_STREAM } },
    errors: ['not_found', 'conflict', 'run_open', 'model_not_configured', 'model_unknown'],
    handle: async ({ principal, body, request }) => {
      const desk = await chat();
      const run = await desk.say(principal, {
        text: body.message,
        files: (body.files ?? []).map(fileOf),
        conversationId: body.session_id,
        parentId: body.parent_id,
        model: body.model,
        agent: agentOf(body),
        limits: runLimitsOf(body.limits),
      });
      if (body.stream === true) return streamed(desk, principal, run, 0);
      const patience = AbortSignal.timeout(limits.chatAnswerWaitMs);
      await desk.settled(principal, run.id, AbortSignal.any([patience, request.signal]));
      return respondJson(200, answerJson(await desk.summary(principal, run.id)));
    },
  });

const runRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/chat/runs/{run}', '/api/v1/chat/runs/{run}'],
    operationIds: ['getChatRun', 'getChatRunUnderApi'],
    summary: 'See what came of a run so far',
    params: runParams,
    answers: { 200: answer },
    handle: async ({ principal, params: { run } }) =>
      respondJson(200, answerJson(await (await chat()).summary(principal, run))),
  });

const eventsRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/chat/runs/{run}/events', '/api/v1/chat/runs/{run}/events'],
    operationIds: ['readChatRun', 'readChatRunUnderApi'],
    summary: 'Read the events of a run, from the beginning or behind the last one seen',
    description: 'Server-sent events until the run comes to rest; `Last-Event-ID` goes on.',
    params: runParams,
    query: z.strictObject({
      after: z
        .string()
        .regex(/^\d{1,9}$/, 'Give the number of an event.')
        .optional()
        .describe('The same as `Last-Event-ID`, for who cannot send it.'),
    }),
    answers: { 200: { description: 'The events.', mediaType: EVENT_STREAM } },
    handle: async ({ principal, params: { run: id }, query, request }) => {
      const last = request.headers.get('last-event-id') ?? query.after ?? '0';
      if (!/^\d{1,9}$/.test(last)) {
        const fix = 'Give the id of an event.';
        throw fieldProblem([{ field: 'Last-Event-ID', problem: 'is no number', fix }]);
      }
      const desk = await chat();
      const { run } = await desk.summary(principal, id);
      return streamed(desk, principal, run, Number(last));
    },
  });

const stopRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/chat/runs/{run}/stop', '/api/v1/chat/runs/{run}/stop'],
    operationIds: ['stopChatRun', 'stopChatRunUnderApi'],
    summary: 'Stop a run',
    description: 'What it has done is kept. A run that is over stays as it is.',
    params: runParams,
    answers: { 202: { description: 'It ends.', schema: runStateSchema } },
    handle: async ({ principal, params: { run: id } }) => {
      const desk = await chat();
      await desk.stop(principal, id);
      return respondJson(202, stateJson((await desk.summary(principal, id)).run));
    },
  });

const answersRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/chat/runs/{run}/answers', '/api/v1/chat/runs/{run}/answers'],
    operationIds: ['answerChatRun', 'answerChatRunUnderApi'],
    summary: 'Answer what a run waits for',
    description: 'It goes on once everything is answered; read its events from there.',
    params: runParams,
    body: {
      schema: answersSchema,
      bytesMax: limits.chatAnswerBytesMax,
      example: { answers: [{ id: 'apr_1', approve: true }] },
    },
    answers: { 202: { description: 'They are kept.', schema: runStateSchema } },
    errors: ['conflict'],
    handle: async ({ principal, params: { run: id }, body: { answers } }) => {
      const desk = await chat();
      await desk.answer(principal, id, answers.map(answerOf));
      return respondJson(202, stateJson((await desk.summary(principal, id)).run));
    },
  });

function answerOf(given: z.output<typeof answersSchema>['answers'][number]): RunAnswer {
  if ('response' in given) {
    // It came as JSON.
    return { id: given.id, kind: 'question', response: given.response as JsonObject };
  }
  const { id, approve: isApproved, always } = given;
  return { id, kind: 'approval', isApproved, ...(always !== undefined && { always }) };
}

/** The agent that is named, in whichever place; its version and variables need one. */
function agentOf({ agent, model, agent_version: version, variables }: Sent): SaidAgent | undefined {
  const slug = agent ?? resolveModel(model).agent;
  if (slug !== undefined) return { slug, version, values: variables ?? {} };
  if (version === undefined && variables === undefined) return undefined;
  const field = variables === undefined ? 'agent_version' : 'variables';
  const fix = 'Name the agent too; one that goes on has its own already.';
  throw fieldProblem([{ field, problem: 'is of an agent, and none is named', fix }]);
}

type Sent = z.output<typeof chatRequestSchema>;

type SentFile = NonNullable<z.output<typeof chatRequestSchema>['files']>[number];

function fileOf({ name, media_type: mediaType, data }: SentFile, index: number): NewArtifact {
  const bytes = Buffer.from(data, 'base64');
  if (!isOfType(bytes, mediaType)) {
    const field = `files[${index}].data`;
    throw fieldProblem([
      { field, problem: `is no ${mediaType}`, fix: 'Name the type that it is.' },
    ]);
  }
  return { bytes, mediaType, ...(name !== undefined && { name }) };
}

function runLimitsOf(given: z.output<typeof chatRequestSchema>['limits']): Partial<RunLimits> {
  const { steps, seconds, parallel_calls: parallelCallsMax, cost } = given ?? {};
  const whole = given?.conversation_cost;
  return {
    ...(steps !== undefined && { stepsMax: steps }),
    ...(seconds !== undefined && { totalMs: seconds * 1_000 }),
    ...(parallelCallsMax !== undefined && { parallelCallsMax }),
    ...(cost !== undefined && {
      costMax: { nano: nanoOf(cost.amount), currency: cost.currency },
    }),
    ...(whole !== undefined && {
      conversationCostMax: { nano: nanoOf(whole.amount), currency: whole.currency },
    }),
  };
}

/** An amount that has nine decimals at most. */
function nanoOf(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(9, '0'));
}

function stateJson({ conversationId, id, status }: ChatRun) {
  return { session_id: conversationId, run_id: id, status };
}

/** The events of a run, and what came of it once it rests. */
async function streamed(
  desk: ChatDesk,
  principal: Principal,
  run: ChatRun,
  after: number,
): Promise<Response> {
  const reading = new AbortController();
  const followed = await desk.follow(principal, run.id, after, reading.signal);
  async function* events(): AsyncGenerator<StreamEvent> {
    yield { event: 'run', data: { session_id: run.conversationId, run_id: run.id } };
    for await (const { seq, event } of followed) {
      yield { id: seq, event: event.type, data: eventJson(event) };
    }
    yield { event: 'answer', data: answerJson(await desk.summary(principal, run.id)) };
  }
  return eventStream(events(), () => reading.abort());
}
