import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import {
  startModelServer,
  type ModelServer,
  type ModelWire,
} from '../../../../test/support/start-model-server.ts';
import { HttpEgress } from '../../../egress/http-egress.ts';
import { providerKinds, type ProviderKind, type ProviderSettings } from '../provider.ts';
import { guardModel } from '../wire/guard-model.ts';
import { createModelFetch } from '../wire/model-fetch.ts';
import { ModelFailure, type FailureKind } from '../wire/model-failure.ts';
import { readUsage } from '../wire/read-usage.ts';
import { openKind } from './open-kind.ts';

const KEY = 'sk-planted-0123456789abcdef';
const NAME = 'acme/some-model';

/** The header in which each wire carries the key, as it must arrive. */
const AUTHORIZATION: Readonly<Record<ProviderKind, readonly [string, string]>> = {
  openai: ['authorization', `Bearer ${KEY}`],
  openai_chat: ['authorization', `Bearer ${KEY}`],
  anthropic: ['x-api-key', KEY],
  google: ['x-goog-api-key', KEY],
  mistral: ['authorization', `Bearer ${KEY}`],
  azure: ['api-key', KEY],
  bedrock: ['authorization', `Bearer ${KEY}`],
  openai_compatible: ['authorization', `Bearer ${KEY}`],
};

/** Usage in the words of every wire at once. */
const usage = {
  prompt_tokens: 11,
  completion_tokens: 5,
  input_tokens: 11,
  output_tokens: 5,
  promptTokenCount: 11,
  candidatesTokenCount: 5,
};

function settingsOf(kind: ProviderKind, server: ModelServer): ProviderSettings {
  const baseUrl = server.baseUrl(kind satisfies ModelWire);
  if (kind === 'bedrock') return { kind, region: 'eu-west-1', baseUrl };
  if (kind === 'azure') return { kind, baseUrl, wire: 'chat', apiVersion: '2024-10-21' };
  return { kind, baseUrl };
}

async function open(
  t: { after(undo: () => Promise<void>): void },
  kind: ProviderKind,
  { idleMs = 5_000, allowHosts = ['127.0.0.0/8'], key = KEY } = {},
): Promise<{ readonly server: ModelServer; readonly model: LanguageModelV4 }> {
  const server = await startModelServer({ chunkSize: 6 });
  const egress = new HttpEgress({ policy: { allowHosts } });
  t.after(async () => {
    await egress[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const fetch = createModelFetch(egress, { firstByteMs: 5_000, idleMs });
  const settings = settingsOf(kind, server) as never;
  const unopened = {
    provider: kind,
    modelId: 'some-model',
    open: () => openKind({ settings, key, modelId: 'some-model', fetch }),
  };
  return { server, model: guardModel(unopened, { name: NAME, secrets: [key] }) };
}

const asking = (text: string): LanguageModelV4CallOptions => ({
  prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
  tools: [
    {
      type: 'function',
      name: 'weather__look',
      description: 'Looks at the weather',
      inputSchema: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
    },
  ],
});

async function partsOf(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
): Promise<LanguageModelV4StreamPart[]> {
  const { stream } = await model.doStream(options);
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const textOf = (parts: readonly LanguageModelV4StreamPart[]): readonly string[] =>
  parts.flatMap((part) => (part.type === 'text-delta' && part.delta !== '' ? [part.delta] : []));

/** How asking fails: by a rejection, or by a part of the stream. */
async function failureOf(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions = asking('hello'),
): Promise<ModelFailure> {
  const parts = await partsOf(model, options).catch((error: unknown) => {
    assert.ok(error instanceof ModelFailure, String(error));
    return [{ type: 'error' as const, error }];
  });
  const failed = parts.find((part) => part.type === 'error');
  assert.ok(failed?.type === 'error', 'it fails');
  assert.ok(failed.error instanceof ModelFailure, String(failed.error));
  return failed.error;
}

for (const kind of providerKinds) {
  test(`${kind}: text streams, its usage is read, and the key leaves in its place`, async (t) => {
    const { server, model } = await open(t, kind);
    server.mock.on({ userMessage: 'hello' }, { content: 'Good day to you, friend.', usage });
    const parts = await partsOf(model, asking('hello'));
    assert.equal(textOf(parts).join(''), 'Good day to you, friend.');
    assert.ok(textOf(parts).length > 1, 'in pieces');
    const finish = parts.at(-1);
    assert.ok(finish?.type === 'finish');
    assert.equal(finish.finishReason.unified, 'stop');
    const read = readUsage(finish.usage);
    // The server tells no usage on Mistral's wire.
    if (kind === 'mistral') assert.equal(read, undefined);
    else assert.deepEqual([read?.inputTokens, read?.outputTokens], [11, 5]);
    assert.equal(server.requests().length, 1);
    const [headers] = server.headers();
    const [place, value] = AUTHORIZATION[kind];
    assert.equal(headers?.[place], value);
    assert.equal(JSON.stringify({ ...headers, [place]: '' }).includes(KEY), false);
    assert.equal(headers?.['user-agent'], 'mcp-gateway');
    assert.equal(server.bodies().join('').includes(KEY), false);
    assert.match(server.bodies()[0] ?? '', /weather__look/);
  });

  test(`${kind}: a tool call streams`, async (t) => {
    const { server, model } = await open(t, kind);
    const call = { name: 'weather__look', arguments: { city: 'Oslo' } };
    // Gemini ends a call of a tool with STOP; the server has a word of its own.
    const finished = kind === 'google' ? { finishReason: 'stop' } : {};
    server.mock.on({ userMessage: 'weather' }, { toolCalls: [call], usage, ...finished });
    const parts = await partsOf(model, asking('weather in Oslo'));
    const called = parts.find((part) => part.type === 'tool-call');
    assert.ok(called?.type === 'tool-call');
    assert.deepEqual([called.toolName, JSON.parse(called.input)], [call.name, call.arguments]);
    const finish = parts.at(-1);
    assert.ok(finish?.type === 'finish');
    assert.equal(finish.finishReason.unified, 'tool-calls');
  });

  test(`${kind}: what a provider answers is told apart`, async (t) => {
    const { server, model } = await open(t, kind);
    const answers: readonly (readonly [number, FailureKind, boolean, boolean])[] = [
      [429, 'rate_limited', true, true],
      [500, 'provider_failed', true, true],
      [503, 'rate_limited', true, true],
      [401, 'bad_key', false, false],
      [404, 'no_such_model', false, false],
      [400, 'bad_request', false, false],
    ];
    const planted = `no, ${KEY} is wrong, says <b>the provider</b>`;
    for (const [status, expected, isWorthRetry, isWorthFallback] of answers) {
      server.mock.nextRequestError(status, { message: planted, type: 'some_error' });
      const failure = await failureOf(model);
      assert.equal(failure.kind, expected, `${status}`);
      assert.deepEqual(
        [failure.isWorthRetry, failure.isWorthFallback, failure.httpStatus],
        [isWorthRetry, isWorthFallback, status],
      );
      assert.match(failure.message, new RegExp(`"${NAME}".*\\(HTTP ${status}\\)`));
      assert.doesNotMatch(failure.message, /says|some_error|sk-/);
      assert.equal(
        JSON.stringify([failure.detail, failure.stack, failure.cause]).includes(KEY),
        false,
      );
    }
    assert.equal(server.requests().length, answers.length, 'nothing is tried twice');
  });

  test(`${kind}: an answer that is cut is no answer`, async (t) => {
    const { server, model } = await open(t, kind);
    const long = { content: 'word '.repeat(200), usage };
    server.mock.on({ userMessage: 'hello' }, long, { truncateAfterChunks: 4 });
    const failure = await failureOf(model);
    assert.ok(failure.isWorthFallback, failure.kind);
  });

  test(`${kind}: who stops it closes the connection`, async (t) => {
    const { server, model } = await open(t, kind);
    const slow = { streamingProfile: { ttft: 0, tps: 5 } };
    server.mock.on({ userMessage: 'hello' }, { content: 'word '.repeat(400), usage }, slow);
    const controller = new AbortController();
    const { stream } = await model.doStream({ ...asking('hello'), abortSignal: controller.signal });
    const reader = stream.getReader();
    await reader.read();
    controller.abort();
    const ended = async (): Promise<unknown> => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (value.type === 'error') return value.error;
      }
    };
    const end = await ended().catch((error: unknown) => error);
    assert.equal((end as ModelFailure | undefined)?.kind, 'cancelled');
    await assert.rejects(
      async () => model.doStream({ ...asking('x'), abortSignal: controller.signal }),
      {
        kind: 'cancelled',
      },
    );
    assert.equal(server.requests().length <= 1, true, 'the second one never left');
  });
}

test('a private address is asked only where the operator allows it', async (t) => {
  for (const kind of providerKinds) {
    const { server, model } = await open(t, kind, { allowHosts: [] });
    const failure = await failureOf(model);
    assert.equal(failure.kind, 'address_denied');
    assert.match(failure.message, /egress\.allowLoopback/);
    assert.equal(server.requests().length, 0);
  }
});

test('a provider that falls silent is given up', async (t) => {
  const { server, model } = await open(t, 'openai_chat', { idleMs: 80 });
  const slow = { streamingProfile: { ttft: 0, tps: 0.5 } };
  server.mock.on({ userMessage: 'hello' }, { content: 'word '.repeat(40), usage }, slow);
  assert.equal((await failureOf(model)).kind, 'timeout');
});

test('nothing of the environment is lent to a tenant', () => {
  // In a process of its own: the environment is everybody's.
  const script = `
    const { openKind } = await import(process.argv[1]);
    const fetch = async (url, { headers }) => {
      console.log(String(url), JSON.stringify(Object.fromEntries(new Headers(headers))));
      throw new TypeError('enough');
    };
    const prompt = [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }];
    const extra = { azure: { baseUrl: 'https://mine.example' }, bedrock: { region: 'eu-west-1' } };
    extra.openai_compatible = extra.azure;
    for (const kind of ${JSON.stringify(providerKinds)}) {
      for (const more of kind === 'bedrock' ? [{}, { accessKeyId: 'AKIAMINE' }] : [{}]) {
        const settings = { kind, ...extra[kind], ...more };
        for (const key of [undefined, '', 'mine']) {
          try {
            const model = await openKind({ settings, key, modelId: 'm', fetch });
            await model.doGenerate({ prompt });
          } catch (error) {
            console.log(error.message);
          }
        }
      }
    }`;
  const lent = 'LENT-by-the-operator.example';
  const names = ['OPENAI', 'ANTHROPIC', 'GOOGLE_GENERATIVE_AI', 'MISTRAL', 'AZURE'];
  const variables = [
    ...names.flatMap((name) => [`${name}_API_KEY`, `${name}_BASE_URL`]),
    'AWS_BEARER_TOKEN_BEDROCK',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_REGION',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
    'AZURE_RESOURCE_NAME',
    'ANTHROPIC_AUTH_TOKEN',
    'OPENAI_ORGANIZATION',
  ];
  const argv = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  const output = execFileSync(process.execPath, [...argv, import.meta.resolve('./open-kind.ts')], {
    encoding: 'utf8',
    env: Object.fromEntries(variables.map((name) => [name, `https://${lent}`])),
  });
  assert.ok(output.split('\n').length > providerKinds.length, output);
  assert.ok(output.includes('https://api.openai.com/v1/responses'), output);
  assert.equal(output.includes(lent), false, output);
});

test('a pause that a provider asks for is told', async (t) => {
  const { server, model } = await open(t, 'anthropic');
  const error = { error: { message: 'slow down', type: 'rate_limit_error' }, status: 429 };
  server.mock.on({ userMessage: 'hello' }, { ...error, retryAfter: 7 });
  const failure = await failureOf(model);
  assert.equal(failure.retryAfterMs, 7_000);
  assert.match(failure.message, /it asks for 7 s/);
});
