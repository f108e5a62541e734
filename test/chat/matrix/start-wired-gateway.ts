import assert from 'node:assert/strict';
import type { ChatCompletionRequest, FixtureFileResponse } from '@copilotkit/aimock';
import { GatewayProcess } from '../../chaos/support/gateway-process.ts';
import { chatWires, WIRE_KEY, wireUsage, type ChatWire } from '../../support/chat/wire-models.ts';
import type { HttpFixture } from '../../support/mcp-http/http-fixture.ts';
import { startModelServer, type ModelServer } from '../../support/start-model-server.ts';
import { until } from '../../support/until.ts';
import { assertAnsweredAtOnce, assertNoOrphans, readHistory } from './wire-history.ts';
import { PICTURE, startToolServer } from './start-tool-server.ts';

/** What `POST /chat` answers, as far as tests look. */
export interface ChatAnswer {
  readonly session_id: string;
  readonly run_id: string;
  readonly status: string;
  readonly answer: string;
  readonly tool_calls: readonly { readonly tool: string; readonly status: string }[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } & {
    readonly estimated: boolean;
  };
  readonly cost: { readonly amounts: readonly object[]; readonly unpriced: boolean };
  readonly stop_reason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly waiting: readonly { readonly id: string }[];
}

/** What a model answers in one turn. */
export type TurnAnswer = FixtureFileResponse & object;

/** A turn in which the model calls tools. */
export const calling = (...written: readonly (readonly [string, object])[]): TurnAnswer => ({
  toolCalls: written.map(([name, given]) => ({
    name: `box__${name}`,
    arguments: JSON.stringify(given),
  })),
});

/** A gateway process with one provider for each wire, a server of models, a server of tools. */
export interface WiredGateway extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly models: ModelServer;
  readonly tools: HttpFixture;
  /** What a model answers to questions that begin with this word, turn by turn. */
  script(word: string, turns: readonly TurnAnswer[]): void;
  send(method: string, path: string, body?: object): Promise<Response>;
  call<Answer>(method: string, path: string, body?: object): Promise<Answer>;
  say(wire: ChatWire, message: string, more?: object): Promise<ChatAnswer>;
  /** The bodies that arrived since the last time, those of one wire; asserts what all must hold. */
  sent(wire: ChatWire): readonly string[];
}

type Asked = Pick<ChatCompletionRequest, 'messages'>;

/** Where the last question stands; pictures follow results in messages of a user on some wires. */
function questionAt({ messages }: Asked): number {
  return messages.findLastIndex(
    ({ role, content }) => role === 'user' && /^[a-z_]+ question$/.test(contentText(content)),
  );
}

/** How many rounds of results there are behind the last question. */
function turnOf(asked: Asked): number {
  const turn = asked.messages.slice(questionAt(asked) + 1);
  return turn.filter(({ role }, at) => role === 'tool' && turn[at - 1]?.role !== 'tool').length;
}

/** The first word of the last question, which stays the same through all of its turns. */
export function wordOf(asked: Asked): string {
  return contentText(asked.messages[questionAt(asked)]?.content).split(' ', 1)[0] ?? '';
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as { text?: string }[]) : [];
  return parts.map(({ text }) => text ?? '').join('');
}

/** Starts everything, with the wires' providers and the tools registered over the API. */
export async function startWiredGateway(
  environment: Readonly<Record<string, string>> = {},
): Promise<WiredGateway> {
  const models = await startModelServer();
  const tools = await startToolServer();
  const gateway = await GatewayProcess.start(environment);
  const send: WiredGateway['send'] = (method, path, body) =>
    fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  const call: WiredGateway['call'] = async <Answer>(
    method: string,
    path: string,
    body?: object,
  ) => {
    const response = await send(method, path, body);
    const said = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${said}`);
    return (said === '' ? {} : JSON.parse(said)) as Answer;
  };
  const dispose = async (): Promise<void> => {
    await gateway[Symbol.asyncDispose]();
    await Promise.all([models, tools].map((server) => server[Symbol.asyncDispose]()));
  };
  let seen = 0;
  try {
    await register(call, models, tools);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    gateway,
    models,
    tools,
    send,
    call,
    script: (word, turns) => {
      models.mock.on({ predicate: (request) => wordOf(request) === word }, (request) => {
        const answer = turns[turnOf(request)] ?? { content: 'Done.' };
        return { ...answer, usage: usageFor(request.model) } as never;
      });
    },
    say: (wire, message, more = {}) =>
      call<ChatAnswer>('POST', '/chat', { message, model: modelOf(wire), ...more }),
    sent: (wire) => {
      const all = models.received().slice(seen);
      seen = models.received().length;
      assert.ok(all.length > 0, 'something arrived');
      for (const body of all) assertSound(wire, body, gateway.apiKey);
      return all;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** The model of a wire, as callers name it. */
export function modelOf(wire: ChatWire): string {
  return `${wire.replace('_', '-')}/${wire}`;
}

function usageFor(model: string): Record<string, number> {
  const wire = chatWires.find((one) => one === model) ?? 'openai_chat';
  return wireUsage(wire, 100, 10);
}

function assertSound(wire: ChatWire, body: string, apiKey: string): void {
  assert.ok(!body.includes(WIRE_KEY), 'no key of the provider');
  assert.ok(!body.includes(apiKey), 'no key of the gateway');
  const told = readHistory(wire, body);
  assert.equal(told.model, wire);
  for (const name of ['read_result', 'box__weather', 'box__send']) {
    assert.ok(told.tools.includes(name), `${name} is offered`);
  }
  assertNoOrphans(told);
  if (wire !== 'openai') assertAnsweredAtOnce(wire, body);
  assert.ok(body.split(PICTURE).length <= 2, 'a picture stands there once');
}

async function register(
  call: WiredGateway['call'],
  models: ModelServer,
  tools: HttpFixture,
): Promise<void> {
  await call('POST', '/register-service', { slug: 'box', title: 'Box', url: tools.url });
  for (const wire of chatWires) {
    await call('POST', '/api/v1/models/providers', {
      name: wire.replace('_', '-'),
      settings: { kind: wire, baseUrl: models.baseUrl(wire) },
      key: WIRE_KEY,
      models: [{ id: wire, contextTokens: 100_000, takes: ['image/'] }],
    });
    await call('POST', '/api/v1/models/prices', {
      model: modelOf(wire),
      currency: 'USD',
      input: '1',
      output: '2',
    });
  }
  await until(async () => {
    const { services } = await call<{ services: { health: { state: string } }[] }>(
      'GET',
      '/services',
    );
    return services.every(({ health }) => health.state === 'ready');
  });
}
