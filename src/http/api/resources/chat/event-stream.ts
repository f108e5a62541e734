import { limits } from '../../../../kernel/limits.ts';

/** One event of a stream (WHATWG HTML, section 9.2). */
export interface StreamEvent {
  /** What the client says it saw last when it comes again. */
  readonly id?: number;
  readonly event?: string;
  /** JSON, or a text as it is. */
  readonly data: unknown;
}

/** The type of a stream of events. */
export const EVENT_STREAM = 'text/event-stream';

/**
 * Answers with a stream of events, one at a time as the reader takes them; a silent stream says
 * now and then that it lives. When the reader leaves, `leave` is told, and nothing else ends.
 */
export function eventStream(
  events: AsyncIterable<StreamEvent>,
  leave: () => void,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const iterator = events[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let pending: Promise<IteratorResult<StreamEvent>> | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        pending ??= iterator.next();
        const next = await nextOrSilence(pending);
        if (next === undefined) {
          controller.enqueue(encoder.encode(':\n\n'));
          return;
        }
        pending = undefined;
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(eventText(next.value)));
      },
      cancel: async () => {
        leave();
        await iterator.return?.();
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: {
      'Content-Type': EVENT_STREAM,
      'Cache-Control': 'no-cache, no-store, no-transform',
      'X-Accel-Buffering': 'no',
      ...headers,
    },
  });
}

function eventText({ id, event, data }: StreamEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const number = id === undefined ? '' : `id: ${id}\n`;
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${number}${name}data: ${text}\n\n`;
}

/** What comes next; undefined when nothing comes for a while. */
async function nextOrSilence<T>(next: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limits.chatHeartbeatMs);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
