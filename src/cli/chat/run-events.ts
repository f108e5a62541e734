import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, stringMember, type JsonObject } from '../../kernel/json.ts';
import type { GatewayClient } from '../gateway-client.ts';

const TRIES_MAX = 30;
const PAUSE_MS = 1_000;

/** One event of a run. */
export interface RunEvent {
  readonly name: string;
  readonly data: JsonObject;
}

/** Where a reader of a run stands. */
export interface RunPlace {
  readonly runId: string;
  /** The number of the last event that was read. */
  after: number;
}

/** The events of a stream as the gateway writes it: a line for each field. */
export async function* readEvents(
  text: AsyncIterable<string>,
  numbered: (number: number) => void = () => {},
): AsyncGenerator<RunEvent> {
  let rest = '';
  for await (const piece of text) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)] as const;
        }),
      );
      const number = fields.get('id');
      if (number !== undefined) numbered(Number(number));
      const data: unknown = JSON.parse(fields.get('data') ?? 'null');
      if (isJsonObject(data)) yield { name: fields.get('event') ?? 'message', data };
    }
  }
}

/** Says something, and reads what comes of it. */
export async function* sayAndRead(
  client: GatewayClient,
  body: JsonObject,
  begun: (place: RunPlace, conversation: string) => void,
): AsyncGenerator<RunEvent> {
  let place: RunPlace | undefined;
  const numbered = (number: number): void => {
    if (place !== undefined) place.after = number;
  };
  try {
    for await (const event of readEvents(client.post('/chat', body), numbered)) {
      if (event.name === 'run') {
        place = { runId: stringMember(event.data, 'run_id') ?? '', after: 0 };
        begun(place, stringMember(event.data, 'session_id') ?? '');
      } else yield event;
      if (event.name === 'answer') return;
    }
  } catch (error) {
    // The run goes on without its reader.
    if (place === undefined) throw error;
  }
  if (place !== undefined) yield* readOn(client, place);
}

/** Reads a run behind an event; a connection that is lost is tried again for a while. */
export async function* readOn(client: GatewayClient, place: RunPlace): AsyncGenerator<RunEvent> {
  for (let tries = 0; ;) {
    const path = `/chat/runs/${place.runId}/events?after=${place.after}`;
    let failure: unknown = new Error('The stream ended early.');
    try {
      const numbered = (number: number): void => {
        place.after = number;
        tries = 0;
      };
      for await (const event of readEvents(client.stream(path), numbered)) {
        if (event.name === 'run') continue;
        yield event;
        if (event.name === 'answer') return;
      }
    } catch (error) {
      failure = error;
    }
    tries += 1;
    if (tries >= TRIES_MAX) throw failure;
    await sleep(PAUSE_MS);
  }
}
