import { createInterface } from 'node:readline';

/** A JSON-RPC message as a fixture sees it. */
export interface Message {
  readonly jsonrpc?: string;
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: Params;
}

/** Any JSON object of a message. */
export interface Params {
  readonly [key: string]: unknown;
}

/** Writes one message to stdout. */
export function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

/** Answers a request. */
export function answer(id: Message['id'], result: object): void {
  send({ id, result });
}

/** Fails a request. */
export function fail(id: Message['id'], code: number, message: string, data?: object): void {
  send({ id, error: { code, message, ...(data === undefined ? {} : { data }) } });
}

/** A tool result with one text. */
export function text(value: unknown): object {
  return {
    content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
  };
}

/** Calls the handler for every message on stdin; ends with stdin. */
export function onMessage(handle: (message: Message) => void): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => handle(JSON.parse(line) as Message));
  lines.on('close', () => process.exit(0));
}
