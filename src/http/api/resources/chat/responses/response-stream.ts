import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import type { RunWait } from '../../../../../chat/loop/agent-engine.ts';
import type { Principal } from '../../../../../kernel/principal.ts';
import { eventStream, type StreamEvent } from '../event-stream.ts';
import { endWithReader } from '../openai/end-with-reader.ts';
import { readRun } from '../openai/read-run.ts';
import type { BegunResponse } from './begin-response.ts';
import { responseJson } from './response-json.ts';
import { ResponseReader, type ResponseEvent } from './response-reader.ts';

/** What this protocol cannot ask: the questions of services. */
export const DECLINED: ReadonlySet<RunWait['kind']> = new Set(['question']);

/** Reads a response to its end, or until the signal says so. */
export async function readToEnd(
  desk: ChatDesk,
  principal: Principal,
  { run, place }: BegunResponse,
  signal: AbortSignal,
): Promise<ResponseReader> {
  const reader = new ResponseReader(run, place);
  for await (const _ of eventsOf(desk, principal, reader, run.id, signal));
  return reader;
}

async function* eventsOf(
  desk: ChatDesk,
  principal: Principal,
  reader: ResponseReader,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent> {
  const read = { principal, runId, after: 0, declined: DECLINED, signal };
  for await (const numbered of readRun(desk, read)) {
    yield* reader.read(numbered);
    if (reader.end !== undefined) return;
  }
}

/** The response as it is now. */
export async function currentResponse(
  desk: ChatDesk,
  principal: Principal,
  begun: BegunResponse,
  reader: ResponseReader,
) {
  const { run } = await desk.summary(principal, begun.run.id);
  return responseJson(run, begun.place, reader);
}

/** Deletes what was not to be kept, once it is over. */
export async function forget(
  desk: ChatDesk,
  principal: Principal,
  { run }: BegunResponse,
  reader: ResponseReader,
): Promise<void> {
  if (run.caller?.isThrowaway !== true || reader.end?.reason === 'waiting') return;
  await desk.conversations.remove(principal, run.conversationId);
}

const ENDS: Readonly<Record<string, string>> = {
  completed: 'response.completed',
  failed: 'response.failed',
};

/** Streams a response from its beginning, of which a reader who comes again has seen something. */
export function streamResponse(
  desk: ChatDesk,
  principal: Principal,
  begun: BegunResponse,
  startingAfter = -1,
): Response {
  const { run, place } = begun;
  const reading = new AbortController();
  const reader = new ResponseReader(run, place);
  async function* all(): AsyncGenerator<ResponseEvent> {
    const response = responseJson(run, place, reader);
    yield { type: 'response.created', response };
    yield { type: 'response.in_progress', response };
    yield* eventsOf(desk, principal, reader, run.id, reading.signal);
    if (reader.end === undefined) return;
    const whole = await currentResponse(desk, principal, begun, reader);
    await forget(desk, principal, begun, reader);
    yield { type: ENDS[whole.status] ?? 'response.incomplete', response: whole };
  }
  async function* numbered(): AsyncGenerator<StreamEvent> {
    let number = 0;
    for await (const event of all()) {
      const data = { ...event, sequence_number: number };
      if (number > startingAfter) yield { event: event.type, data };
      number += 1;
    }
    yield { data: '[DONE]' };
  }
  return eventStream(numbered(), () => {
    reading.abort();
    if (run.caller?.isAttached === true && reader.end === undefined) {
      endWithReader(desk, principal, run);
    }
  });
}
