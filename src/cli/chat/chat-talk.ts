import { objectMember, stringMember, type JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf } from '../cells.ts';
import type { GatewayClient } from '../gateway-client.ts';
import { answerWaits, type AskLine } from './answer-waits.ts';
import { readOn, sayAndRead, type RunEvent, type RunPlace } from './run-events.ts';
import { RunPrinter, type RunSinks } from './run-printer.ts';

const CONVERSATIONS = '/api/v1/chat/conversations';

/** What a talk needs. */
export interface TalkOptions {
  readonly client: GatewayClient;
  readonly sinks: RunSinks;
  readonly ask: AskLine;
}

/** One talk in a terminal: a conversation at a time, and the run that works. */
export class ChatTalk {
  readonly #options: TalkOptions;
  #conversation: string | undefined;
  #place: RunPlace | undefined;
  model: string | undefined;

  constructor(options: TalkOptions, model: string | undefined) {
    this.#options = options;
    this.model = model;
  }

  /** Begins another conversation with the next message. */
  begin(): void {
    this.#conversation = undefined;
  }

  /** The conversations of the user, the last changed first. */
  async list(): Promise<readonly JsonObject[]> {
    return objectsOf(
      await this.#options.client.call('GET', `${CONVERSATIONS}?limit=20`),
      'conversations',
    );
  }

  /** Goes on with a conversation, and with its run when one is open; what was said last. */
  async open(id: string): Promise<JsonObject> {
    const read = await this.#options.client.call(
      'GET',
      `${CONVERSATIONS}/${encodeURIComponent(id)}`,
    );
    this.#conversation = id;
    return read;
  }

  /** Reads a run that works or waits, to its end. */
  async attach(runId: string): Promise<JsonObject> {
    const place = { runId, after: 0 };
    return await this.#finish(readOn(this.#options.client, place), place);
  }

  /** Says something; resolves to the answer once the run is over. */
  async say(message: string): Promise<JsonObject> {
    const { client } = this.#options;
    const body: JsonObject = {
      message,
      stream: true,
      ...(this.#conversation === undefined ? {} : { session_id: this.#conversation }),
      ...(this.model === undefined ? {} : { model: this.model }),
    };
    const events = sayAndRead(client, body, (place, conversation) => {
      this.#place = place;
      this.#conversation = conversation;
    });
    return await this.#finish(events);
  }

  /** Stops the run that works; false when none does. */
  async stop(): Promise<boolean> {
    const place = this.#place;
    if (place === undefined) return false;
    await this.#options.client.call('POST', `/chat/runs/${place.runId}/stop`, {});
    return true;
  }

  async #finish(events: AsyncIterable<RunEvent>, place?: RunPlace): Promise<JsonObject> {
    const { client, ask, sinks } = this.#options;
    const printer = new RunPrinter(sinks);
    this.#place = place;
    try {
      let answer = await shown(events, printer);
      while (answer['status'] === 'waiting') {
        const answers = await answerWaits(answer, (id) => printer.argumentsOf(id), ask);
        const at = this.#place ?? { runId: stringMember(answer, 'run_id') ?? '', after: 0 };
        // Stopped while it waited: then it is over.
        await client.call('POST', `/chat/runs/${at.runId}/answers`, { answers }).catch(() => ({}));
        answer = await shown(readOn(client, at), printer);
      }
      return answer;
    } finally {
      printer.endLine();
      this.#place = undefined;
    }
  }
}

/** Shows events to the end; the answer. */
async function shown(events: AsyncIterable<RunEvent>, printer: RunPrinter): Promise<JsonObject> {
  let answer: JsonObject = {};
  for await (const event of events) {
    printer.show(event);
    if (event.name === 'answer') answer = event.data;
  }
  return answer;
}

/** The text that was said last in a conversation. */
export function lastSaid(read: JsonObject): string {
  const messages = objectsOf(read, 'messages').filter(({ role }) => role !== 'tool');
  const texts = objectsOf(messages.at(-1) ?? {}, 'parts').map((part) =>
    part['type'] === 'text' ? cell(part, 'text') : '',
  );
  return texts.join('');
}

/** The run of a conversation that is not over. */
export function openRun(read: JsonObject): string | undefined {
  const last = objectMember(read, 'lastRun');
  return last?.['status'] === 'finished' ? undefined : stringMember(last, 'id');
}
