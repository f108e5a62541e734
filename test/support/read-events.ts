import type { JsonObject } from '../../src/kernel/json.ts';

/** One event of a stream. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** A test's end of an event stream. */
export interface EventReader {
  readonly events: StreamEvent[];
  /** The messages among the events. */
  messages(): JsonObject[];
  /** Resolves with the first message, past or coming, that fits; rejects when the stream ends. */
  next(fits: (message: JsonObject) => boolean): Promise<JsonObject>;
  /** Resolves when the stream ended or broke. */
  readonly ended: Promise<void>;
}

/** Reads an event stream as it comes. */
export function readEvents(response: Response): EventReader {
  const events: StreamEvent[] = [];
  const waiting = new Set<() => void>();
  let isOver = false;
  const wake = (): void => {
    for (const one of waiting) one();
  };
  const parsed: JsonObject[] = [];
  const messages = (): JsonObject[] => [...parsed];
  const read = async (): Promise<void> => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1] ?? 'message';
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data === undefined) continue;
        events.push({ event, data });
        if (event === 'message') parsed.push(JSON.parse(data) as JsonObject);
      }
      wake();
    }
  };
  const ended = read()
    .catch(() => {})
    .then(() => {
      isOver = true;
      wake();
    });
  return {
    events,
    messages,
    ended,
    next: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = parsed.find(fits);
          if (found === undefined && !isOver) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error('The stream ended'));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
