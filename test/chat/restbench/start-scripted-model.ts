import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { GoldPath } from './read-restbench.ts';
import { sampleArguments } from './sample-arguments.ts';

/** A tool as the gateway lists it, and the operation that it was seen to call. */
export interface KnownTool {
  readonly name: string;
  readonly inputSchema: JsonObject;
}

/** A model that follows a script, on the wire of OpenAI's chat completions. */
export interface ScriptedModel extends AsyncDisposable {
  /** To be used as a provider's base URL. */
  readonly url: string;
  /** How many tools each request offered, the most of all. */
  readonly offeredMost: number;
  /** How often it had to search for a tool. */
  readonly searches: number;
}

interface Script {
  readonly paths: ReadonlyMap<string, GoldPath>;
  /** By operation: `tmdb GET /search/movie`. */
  readonly tools: ReadonlyMap<string, KnownTool>;
}

interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly { readonly function: { name: string; arguments: string } }[];
}

interface Asked {
  readonly messages: readonly Message[];
  readonly tools?: readonly { readonly function: { name: string; parameters?: JsonObject } }[];
}

/** What the model says next. */
type Reply =
  | { readonly kind: 'call'; readonly name: string; readonly given: JsonObject }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Starts it. A question is `[id] …`; the model calls the operations of that gold path one after the
 * other, by a tool it is offered, or by searching for one, and then cites what it was last told.
 */
export async function startScriptedModel(script: Script): Promise<ScriptedModel> {
  const seen = { offeredMost: 0, searches: 0 };
  const server = createServer((incoming, response) => {
    void readJson(incoming).then((asked) => {
      seen.offeredMost = Math.max(seen.offeredMost, asked.tools?.length ?? 0);
      const reply = nextReply(script, asked);
      if (reply.kind === 'call' && reply.name === 'search_tools') seen.searches += 1;
      stream(response, reply);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get offeredMost() {
      return seen.offeredMost;
    },
    get searches() {
      return seen.searches;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function nextReply({ paths, tools }: Script, { messages, tools: offered = [] }: Asked): Reply {
  const from = messages.findLastIndex(({ role }) => role === 'user');
  const id = /\[([a-z]+-\d+)\]/.exec(textOf(messages[from]))?.[1] ?? '';
  const path = paths.get(id);
  if (path === undefined) return { kind: 'text', text: 'I have no script for this.' };
  const calls = messages.slice(from).flatMap(({ tool_calls }) => tool_calls ?? []);
  const isSearch = ({ function: { name } }: (typeof calls)[number]): boolean =>
    name === 'search_tools';
  const operation = path.operations[calls.filter((one) => !isSearch(one)).length];
  if (operation === undefined) return { kind: 'text', text: lastTokenOf(messages) };
  const tool = tools.get(`${path.api} ${operation}`);
  if (tool === undefined) return { kind: 'text', text: `No tool calls ${operation}.` };
  const here = offered.find(({ function: { name } }) => name === tool.name);
  const schema = here?.function.parameters ?? tool.inputSchema;
  const given = sampleArguments(schema);
  if (here !== undefined) return { kind: 'call', name: tool.name, given };
  const last = calls.at(-1);
  if (last === undefined || !isSearch(last)) {
    const query = operation.replaceAll(/[^a-zA-Z]+/g, ' ').toLowerCase();
    return { kind: 'call', name: 'search_tools', given: { query } };
  }
  return { kind: 'call', name: tool.name, given };
}

/** The token of the answer that the last result carries. */
function lastTokenOf(messages: readonly Message[]): string {
  const last = messages.findLast(({ role }) => role === 'tool');
  return `It says ${/found-\d+/.exec(textOf(last))?.[0] ?? 'nothing'}.`;
}

function textOf(message: Message | undefined): string {
  const content = message?.content;
  return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}

function stream(response: ServerResponse, reply: Reply): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (more: object): void => {
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'scripted' };
    response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
  };
  const send = (delta: object, finish: string | null): void =>
    write({ choices: [{ index: 0, delta, finish_reason: finish }] });
  if (reply.kind === 'text') {
    send({ role: 'assistant', content: reply.text }, null);
    send({}, 'stop');
  } else {
    const call = { name: reply.name, arguments: JSON.stringify(reply.given) };
    const id = `call_${Math.random().toString(36).slice(2)}`;
    send(
      { role: 'assistant', tool_calls: [{ index: 0, id, type: 'function', function: call }] },
      null,
    );
    send({}, 'tool_calls');
  }
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
  write({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}

async function readJson(incoming: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked;
}
