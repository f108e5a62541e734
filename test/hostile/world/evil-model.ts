import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, stringMember, type JsonObject } from '../../../src/kernel/json.ts';

/** What a model is asked, and how it may answer; it answers by itself. */
export interface ModelAsk {
  readonly body: JsonObject;
  readonly text: string;
  /** Requests that follow the user's last message: 0 before any result of a tool. */
  readonly turn: number;
  readonly response: ServerResponse;
  say(text: string, tokens?: number): void;
  /** Calls tools, all at once; arguments that are no text are written as JSON. */
  call(...calls: readonly (readonly [name: string, given: JsonObject | string])[]): void;
  /** Pieces of the stream as they are, without an end. */
  write(...pieces: readonly string[]): void;
}

/** How a model answers while a case runs. */
export type ModelScript = (ask: ModelAsk) => void;

const answersDone: ModelScript = ({ say }) => say('Done.');

/** A server that speaks OpenAI's Chat Completions and obeys whoever wrote its script. */
export class EvilModel implements AsyncDisposable {
  /** Bodies of requests, the oldest first: what really left the gateway. */
  readonly journal: JsonObject[] = [];
  /** Requests whose client went away before the answer was whole. */
  aborted = 0;
  script: ModelScript = answersDone;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.#answer(request, Buffer.concat(pieces).toString(), response));
      request.on('error', () => {});
      response.on('error', () => {});
      response.once('close', () => {
        if (!response.writableFinished) this.aborted++;
      });
    });
  }

  static async start(): Promise<EvilModel> {
    const model = new EvilModel();
    model.#server.listen(0, '127.0.0.1');
    await once(model.#server, 'listening');
    return model;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** Forgets what was asked and how it is answered. */
  reset(script: ModelScript = answersDone): void {
    this.journal.length = 0;
    this.aborted = 0;
    this.script = script;
  }

  /** Names of the tools that the latest request offered. */
  offered(): readonly string[] {
    const tools = (this.journal.at(-1)?.['tools'] ?? []) as readonly JsonObject[];
    return tools.map((tool) => stringMember(tool['function'] as JsonObject, 'name') ?? '');
  }

  /** Everything that left, as text. */
  text(): string {
    return JSON.stringify(this.journal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(_request: IncomingMessage, text: string, response: ServerResponse): void {
    const body: unknown = JSON.parse(text);
    if (!isJsonObject(body)) return void response.writeHead(400).end();
    this.journal.push(body);
    const messages = (body['messages'] ?? []) as readonly JsonObject[];
    const last = messages.findLastIndex(({ role }) => role === 'user');
    const turn = messages.slice(last).filter(({ role }) => role === 'assistant').length;
    const write = (...pieces: readonly string[]): void => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of pieces) response.write(piece);
    };
    const end = (reason: string, tokens: number): void => {
      const usage = { prompt_tokens: 100, completion_tokens: tokens, total_tokens: 100 + tokens };
      write(chunk({}, reason), data({ ...HEAD, choices: [], usage }), 'data: [DONE]\n\n');
      response.end();
    };
    this.script({
      body,
      text,
      turn,
      response,
      write,
      say: (said, tokens = 10) => {
        write(chunk({ role: 'assistant', content: said }));
        end('stop', tokens);
      },
      call: (...calls) => {
        write(chunk({ role: 'assistant', tool_calls: calls.map(written) }));
        end('tool_calls', 10);
      },
    });
  }
}

const HEAD = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };
const data = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

/** One piece of an answer. */
export function chunk(delta: object, reason: string | null = null): string {
  return data({ ...HEAD, choices: [{ index: 0, delta, finish_reason: reason }] });
}

/** A call as the wire has it. */
export function written([name, given]: readonly [string, JsonObject | string], index: number) {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  const id = `call_${index}_${Math.random().toString(36).slice(2)}`;
  return { index, id, type: 'function', function: { name, arguments: text } };
}
