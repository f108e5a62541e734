import { z } from '@hono/zod-openapi';
import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { Principal } from '../../../../../kernel/principal.ts';
import { type ApiRoute, defineRoute } from '../../../framework/define-route.ts';
import { respondJson } from '../../../framework/respond.ts';
import type { ChatRouteDeps } from '../chat-routes.ts';
import { EVENT_STREAM } from '../event-stream.ts';
import { endWithReader } from '../openai/end-with-reader.ts';
import { openaiErrors } from '../openai/openai-errors.ts';
import { declineWaits } from '../../../../../chat/desk/settle-unasked.ts';
import { beginResponse, runOf, type BegunResponse } from './begin-response.ts';
import { readResponseId } from './response-id.ts';
import { ResponseReader } from './response-reader.ts';
import { responseBody } from './response-request.ts';
import { currentResponse, DECLINED, forget, readToEnd, streamResponse } from './response-stream.ts';

const responseSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('response'),
    status: z.string(),
    output: z.array(z.looseObject({ type: z.string() })),
  })
  .openapi('Response');

const answer = { description: 'The response.', schema: responseSchema };
const common = { tag: 'Chat', permission: 'chat.use', errorForm: openaiErrors } as const;
const params = z.strictObject({ response: z.string().regex(/^resp_[0-9a-f_]{1,64}$/) });

/** The chat as clients of Open Responses know it: the gateway's tools run here. */
export function responseRoutes(deps: ChatRouteDeps): ApiRoute[] {
  return [createRoute(deps), readRoute(deps), cancelRoute(deps), deleteRoute(deps)];
}

const createRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/v1/responses'],
    operationIds: ['createResponse'],
    summary: 'Chat by Open Responses',
    description:
      'Goes on with the conversation of `previous_response_id`, or begins one. Calls that the ' +
      'gateway makes are `mcp_call` items; one that needs an approval is an ' +
      '`mcp_approval_request`, which an `mcp_approval_response` answers. Calls of your own ' +
      '`tools` are `function_call` items, and all of their results go on with that very run. ' +
      'When you leave, the run ends, unless it is in the background.',
    body: {
      schema: responseBody,
      bytesMax: limits.chatBodyBytesMax,
      example: { model: 'default', input: 'Which orders are late?' },
    },
    answers: { 200: { ...answer, streamType: EVENT_STREAM } },
    errors: ['not_found', 'conflict', 'run_open', 'model_not_configured', 'model_unknown'],
    handle: async ({ principal, body, request }) => {
      const desk = await chat();
      const begun = await beginResponse(desk, principal, body);
      if (body.stream === true) return streamResponse(desk, principal, begun);
      if (body.background === true) return respondNow(desk, principal, begun);
      const patience = AbortSignal.timeout(limits.chatAnswerWaitMs);
      const signal = AbortSignal.any([patience, request.signal]);
      const reader = await readToEnd(desk, principal, begun, signal);
      const { run } = begun;
      const isLeft = signal.aborted && reader.end === undefined;
      if (isLeft && run.caller?.isAttached === true) endWithReader(desk, principal, run);
      const response = await currentResponse(desk, principal, begun, reader);
      if (!isLeft) await forget(desk, principal, begun, reader);
      return respondJson(200, response);
    },
  });

const readRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/v1/responses/{response}'],
    operationIds: ['getResponse'],
    summary: 'Read a response again',
    description: 'With `stream=true` its events, from the first or behind `starting_after`.',
    params,
    query: z.looseObject({
      stream: z.enum(['true', 'false']).optional(),
      starting_after: z
        .string()
        .regex(/^\d{1,9}$/, 'Give the sequence_number of an event.')
        .optional(),
    }),
    answers: { 200: { ...answer, streamType: EVENT_STREAM } },
    handle: async ({ principal, params: { response: id }, query }) => {
      const desk = await chat();
      const begun = await kept(desk, principal, id);
      if (query.stream !== 'true') return respondNow(desk, principal, begun);
      const { starting_after: after } = query;
      // Whoever reads along is not who the run is for.
      const caller = begun.run.caller && { ...begun.run.caller, isAttached: false };
      const run = { ...begun.run, caller };
      const from = after === undefined ? undefined : Number(after);
      return streamResponse(desk, principal, { ...begun, run }, from);
    },
  });

const cancelRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/v1/responses/{response}/cancel'],
    operationIds: ['cancelResponse'],
    summary: 'End a response that is in progress, or waits',
    description: 'What it has done is kept. One that is over stays as it is.',
    params,
    answers: { 200: answer },
    handle: async ({ principal, params: { response: id } }) => {
      const desk = await chat();
      const begun = await kept(desk, principal, id);
      await desk.stop(principal, begun.run.id);
      await desk.settled(principal, begun.run.id, AbortSignal.timeout(limits.chatLeaseRenewMs));
      return respondNow(desk, principal, begun);
    },
  });

const deleteRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'delete',
    paths: ['/v1/responses/{response}'],
    operationIds: ['deleteResponse'],
    summary: 'Delete a response with its conversation',
    description: 'All responses of the conversation are gone with it, and their files.',
    params,
    answers: {
      200: {
        description: 'It is gone.',
        schema: z.strictObject({
          id: z.string(),
          object: z.literal('response'),
          deleted: z.literal(true),
        }),
      },
    },
    handle: async ({ principal, params: { response: id } }) => {
      const desk = await chat();
      const { run } = await kept(desk, principal, id);
      await desk.stop(principal, run.id);
      await desk.conversations.remove(principal, run.conversationId);
      return respondJson(200, { id, object: 'response' as const, deleted: true as const });
    },
  });

/** The response of an id. Throws `not_found` for what is none of the caller's. */
async function kept(desk: ChatDesk, principal: Principal, id: string): Promise<BegunResponse> {
  const place = readResponseId(id);
  if (place === undefined) throw new GatewayError('not_found');
  const run = await runOf(desk, principal, place);
  const reader = new ResponseReader(run, place);
  for (const one of await desk.events(principal, run.id)) for (const _ of reader.read(one));
  if (!reader.isKnown) throw new GatewayError('not_found');
  return { run, place };
}

/** Answers with the response as it stands. */
async function respondNow(
  desk: ChatDesk,
  principal: Principal,
  begun: BegunResponse,
): Promise<Response> {
  const { run, place } = begun;
  const reader = new ResponseReader(run, place);
  for (const one of await desk.events(principal, run.id)) for (const _ of reader.read(one));
  if (reader.end === undefined) {
    await declineWaits(desk, { principal, runId: run.id, declined: DECLINED });
  }
  return respondJson(200, await currentResponse(desk, principal, begun, reader));
}
