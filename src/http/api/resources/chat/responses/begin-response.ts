import type { ChatRun } from '../../../../../chat/chat-run.ts';
import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import type { Principal } from '../../../../../kernel/principal.ts';
import { bringResults } from '../openai/bring-results.ts';
import { wrong } from '../openai/sent-content.ts';
import { readInput } from './response-input.ts';
import { readResponseId, type ResponsePlace } from './response-id.ts';
import { termsOf, type ResponseBody } from './response-request.ts';

/** A run that answers, and which part of it is the response. */
export interface BegunResponse {
  readonly run: ChatRun;
  readonly place: ResponsePlace;
}

/**
 * Begins a response: goes on with a run whose open calls the input answers, or with the
 * conversation of an earlier response, or begins a new one.
 */
export async function beginResponse(
  desk: ChatDesk,
  principal: Principal,
  body: ResponseBody,
): Promise<BegunResponse> {
  if (body.background === true && body.store === false) {
    throw wrong('background', 'needs a response that is kept', 'Leave `store` away.');
  }
  const input = readInput(body);
  const previous = await previousRun(desk, principal, body.previous_response_id);
  if (input.kind === 'results') {
    const resumed = await bringResults(desk, principal, input.results, previous?.id);
    const { run, after } = resumed;
    return { run, place: { runId: run.id, after } };
  }
  const { base, text, files, told } = input;
  const from = previous ?? (base && (await runOf(desk, principal, base)));
  if (from?.status === 'waiting') {
    const fix = 'Send function_call_output or mcp_approval_response items for what it asked.';
    throw wrong('input', 'does not answer what the response waits for', fix);
  }
  const run = await desk.say(principal, {
    text,
    files,
    conversationId: from?.conversationId,
    parentId: from?.headId,
    model: body.model ?? undefined,
    limits: {},
    caller: termsOf(body, told, from !== undefined),
  });
  return { run, place: { runId: run.id, after: 0 } };
}

async function previousRun(
  desk: ChatDesk,
  principal: Principal,
  id: string | null | undefined,
): Promise<ChatRun | undefined> {
  if (id === undefined || id === null) return undefined;
  const place = readResponseId(id);
  if (place === undefined) throw new GatewayError('not_found');
  return runOf(desk, principal, place);
}

/** The run of a response that is kept. Throws `not_found` for any other. */
export async function runOf(
  desk: ChatDesk,
  principal: Principal,
  { runId }: ResponsePlace,
): Promise<ChatRun> {
  const { run } = await desk.summary(principal, runId);
  const { request } = run.caller ?? {};
  if (request?.['store'] !== true) throw new GatewayError('not_found');
  return run;
}
