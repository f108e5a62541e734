import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came, on the wire of OpenAI's chat completions. */
export interface AskedModel {
  readonly messages: readonly AskedMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly tool_choice?: unknown;
  readonly max_tokens?: number;
}

interface AskedMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly object[];
}

/** A model that does what it is told. */
export interface ToldModel extends AsyncDisposable {
  /** To be used as a provider's base URL. */
  readonly url: string;
  readonly asked: readonly AskedModel[];
  /** Resolves when the gateway drops the next request that hangs. */
  nextLeft(): Promise<void>;
}

/**
 * Starts it. Lines of the last message of a user that say `call <tool> <arguments>` are calls, and
 * once there are results it says them; `hang` begins an answer that never ends; `system` says its
 * instructions; anything else is said again.
 */
export async function startToldModel(): Promise<ToldModel> {
  const asked: AskedModel[] = [];
  let left = Promise.withResolvers<void>();
  const server = createServer((incoming, response) => {
    void readJson(incoming).then((one) => {
      asked.push(one);
      answer(one, response, () => left.resolve());
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    nextLeft: () => {
      left = Promise.withResolvers();
      return left.promise;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function answer({ messages }: AskedModel, response: ServerResponse, left: () => void): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (more: object): void => {
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'told' };
    response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
  };
  const send = (delta: object, finish: string | null = null): void =>
    write({ choices: [{ index: 0, delta, finish_reason: finish }] });
  const from = messages.findLastIndex(({ role }) => role === 'user');
  const said = textOf(messages[from]).split('Now:\n').at(-1) ?? '';
  const results = messages.slice(from).filter(({ role }) => role === 'tool');
  const calls = [...said.matchAll(/^call (\S+) (\{.*\})$/gm)];
  if (said.startsWith('hang')) {
    response.on('close', left);
    send({ role: 'assistant', content: 'It begins ' });
    return;
  }
  if (calls.length > 0 && results.length === 0) {
    const made = calls.map(([, name, given], index) => ({
      index,
      id: `call_${index}`,
      type: 'function',
      function: { name, arguments: given },
    }));
    send({ role: 'assistant', tool_calls: made });
    send({}, 'tool_calls');
  } else {
    const system = messages.find(({ role }) => role === 'system');
    const text = said === 'system' ? textOf(system) : said;
    const whole = results.length > 0 ? results.map(textOf).join(' ') : `You said: ${text}`;
    for (const content of whole.match(/[^]{1,40}/g) ?? []) send({ content });
    send({}, 'stop');
  }
  write({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } });
  response.end('data: [DONE]\n\n');
}

function textOf(message: AskedMessage | undefined): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  const parts = (content ?? []) as readonly { readonly type: string; readonly text?: string }[];
  return parts.map(({ type, text }) => text ?? `[${type}]`).join(' ');
}

async function readJson(incoming: IncomingMessage): Promise<AskedModel> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as AskedModel;
}
