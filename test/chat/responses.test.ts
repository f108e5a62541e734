import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startToldGateway, type ToldGateway } from './support/start-told-gateway.ts';

interface Item {
  readonly type: string;
  readonly id: string;
  readonly status?: string;
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly server_label?: string;
  readonly output?: string | null;
  readonly approval_request_id?: string | null;
  readonly content?: readonly { readonly text: string }[];
}

interface Made {
  readonly id: string;
  readonly status: string;
  readonly output: readonly Item[];
  readonly previous_response_id: string | null;
  readonly usage: { readonly total_tokens: number } | null;
  readonly [member: string]: unknown;
}

interface Event {
  readonly type: string;
  readonly sequence_number: number;
  readonly response?: Made;
  readonly item?: Item;
  readonly delta?: string;
}

const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a place.',
  parameters: {
    type: 'object',
    properties: { place: { type: 'string' } },
    required: ['place'],
  },
};
const PNG = [
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD',
  'hgGAWjR9awAAAABJRU5ErkJggg==',
].join('');

describe('POST /v1/responses', () => {
  const stack = new AsyncDisposableStack();
  let gateway: ToldGateway;
  before(async () => {
    gateway = await startToldGateway(stack);
  });
  after(async () => {
    await stack.disposeAsync();
  });

  async function make(body: object): Promise<Made> {
    const came = await gateway.post('/v1/responses', { model: 'default', ...body });
    assert.equal(came.status, 200, await came.clone().text());
    return (await came.json()) as Made;
  }

  async function refused(body: object, status = 400) {
    const came = await gateway.post('/v1/responses', { model: 'default', ...body });
    assert.equal(came.status, status, await came.clone().text());
    return ((await came.json()) as { error: { message: string; param: string; code: string } })
      .error;
  }

  async function eventsIn(came: Response): Promise<readonly Event[]> {
    assert.equal(came.headers.get('content-type'), 'text/event-stream');
    const text = await came.text();
    assert.ok(text.endsWith('data: [DONE]\n\n'));
    const found = text.matchAll(/^event: (.+)\ndata: (.+)$/gm);
    return [...found].map(([, name, data]) => {
      const event = JSON.parse(data ?? '') as Event;
      assert.equal(event.type, name);
      return event;
    });
  }

  const streamed = async (body: object): Promise<readonly Event[]> =>
    eventsIn(await gateway.post('/v1/responses', { model: 'default', stream: true, ...body }));

  const textOf = ({ output }: Made): string =>
    output
      .flatMap(({ content }) => content ?? [])
      .map(({ text }) => text)
      .join('');

  const itemOf = ({ output }: Made, type: string): Item =>
    output.find((one) => one.type === type) ?? assert.fail(`no ${type}`);

  test('answers a text with all members of the resource', async () => {
    const made = await make({ input: [{ type: 'message', role: 'user', content: 'Good day.' }] });
    assert.equal(made.status, 'completed');
    assert.equal(textOf(made), 'You said: Good day.');
    assert.match(made.id, /^resp_[0-9a-f]{32}$/);
    const members = [
      'completed_at created_at incomplete_details instructions error tools tool_choice truncation',
      'parallel_tool_calls text top_p presence_penalty frequency_penalty top_logprobs temperature',
      'reasoning usage max_output_tokens max_tool_calls store background service_tier metadata',
      'safety_identifier prompt_cache_key previous_response_id',
    ].flatMap((line) => line.split(' '));
    for (const member of members) assert.ok(member in made, member);
    assert.deepEqual(made.usage, {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 110,
    });
    const again = await gateway.send('GET', `/v1/responses/${made.id}`);
    assert.deepEqual(await again.json(), made);
  });

  test('streams the events of a text in order, numbered from 0', async () => {
    const events = await streamed({
      input: 'A text that is long enough for several pieces of it.',
    });
    assert.deepEqual(
      events.map(({ sequence_number: number }) => number),
      events.map((_, at) => at),
    );
    const types = events.map(({ type }) => type);
    const once = types.filter((type, at) => type !== types[at - 1]);
    assert.deepEqual(once, [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const deltas = events.map(({ delta }) => delta ?? '').join('');
    const last = events.at(-1)?.response ?? assert.fail();
    assert.equal(deltas, textOf(last));
    const read = await gateway.send('GET', `/v1/responses/${last.id}?stream=true&starting_after=3`);
    const rest = await eventsIn(read);
    assert.deepEqual(rest[0], { ...events[4], delta: rest[0]?.delta });
    assert.deepEqual(rest.at(-1)?.response, last);
  });

  test('tells the model instructions, and what system messages say', async () => {
    const system = { role: 'system', content: 'Speak like a pirate.' };
    const user = { role: 'user', content: 'system' };
    const made = await make({ instructions: 'Be short.', input: [system, user] });
    assert.match(textOf(made), /tool_result[^]*Be short\.\n\nSpeak like a pirate\.$/);
    assert.equal(made['instructions'], 'Be short.');
  });

  test('shows the model an image', async () => {
    const content = [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: PNG },
    ];
    const made = await make({ input: [{ role: 'user', content }] });
    assert.equal(made.status, 'completed');
    const last = gateway.model.asked.at(-1)?.messages.at(-1);
    assert.match(JSON.stringify(last), /"image_url":\{"url":"data:image\/png;base64,iVBOR/);
    const far = [{ type: 'input_image', image_url: 'http://127.0.0.1/secret.png' }];
    const { message, param } = await refused({ input: [{ role: 'user', content: far }] });
    assert.match(message, /nothing is fetched/);
    assert.equal(param, 'input[0].content[0]');
  });

  test('is told what was said before, as a text of the client', async () => {
    const input = [
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Good day, Ada.' },
      { role: 'user', content: 'What is my name?' },
    ];
    await make({ input });
    const asked = gateway.model.asked.at(-1)?.messages ?? [];
    assert.deepEqual(
      asked.map(({ role }) => role),
      ['system', 'user'],
      'a client cannot say what the model said',
    );
    assert.match(JSON.stringify(asked), /as the client tells it:\\nuser: My name is Ada\./);
  });

  test('goes on with a conversation, and branches off an earlier response', async () => {
    const first = await make({ input: 'One.' });
    const second = await make({ input: 'Two.', previous_response_id: first.id });
    assert.equal(second.previous_response_id, first.id);
    const roles = () => gateway.model.asked.at(-1)?.messages.map(({ role }) => role);
    assert.deepEqual(roles(), ['system', 'user', 'assistant', 'user']);
    await make({ input: 'Another two.', previous_response_id: first.id });
    assert.deepEqual(roles(), ['system', 'user', 'assistant', 'user']);
    const { id = '' } = second.output[0] ?? {};
    const by = [
      { type: 'item_reference', id },
      { role: 'user', content: 'Three.' },
    ];
    await make({ input: by });
    assert.equal(roles()?.length, 6);
    const unknown = `resp_${'0'.repeat(32)}`;
    const none = await refused({ input: 'x', previous_response_id: unknown }, 404);
    assert.equal(none.code, 'not_found');
  });

  test('gives calls of the caller’s tools back, and goes on with their results', async () => {
    const input = 'call get_weather {"place":"Bern"}\ncall notes__read {"n":1}';
    const asked = await make({ input, tools: [weather] });
    assert.equal(asked.status, 'completed');
    const call = itemOf(asked, 'function_call');
    assert.deepEqual([call.name, call.arguments], ['get_weather', '{"place":"Bern"}']);
    const made = itemOf(asked, 'mcp_call');
    assert.deepEqual([made.server_label, made.name, made.output], ['notes', 'read', '{"n":1}']);
    const { call_id: id = '' } = call;
    const output = { type: 'function_call_output', call_id: id, output: 'Rain in Bern.' };
    const told = await make({ input: [output], previous_response_id: asked.id });
    assert.match(textOf(told), /Rain in Bern\./);
    assert.equal(told.previous_response_id, asked.id);
    assert.notEqual(told.id, asked.id);
    const read = await gateway.send('GET', `/v1/responses/${asked.id}`);
    assert.deepEqual(await read.json(), asked, 'an answer stays what it was');
    const { message } = await refused({ input: [output] });
    assert.match(message, /is no open call of yours/);
  });

  test('streams a call of the caller’s tool with its arguments', async () => {
    const input = 'call get_weather {"place":"Bern"}';
    const events = await streamed({ input, tools: [weather] });
    const types = events.map(({ type }) => type);
    assert.deepEqual(types.slice(2), [
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    assert.equal(events[2]?.item?.arguments, '');
    assert.equal(events[5]?.item?.arguments, '{"place":"Bern"}');
  });

  test('asks for approvals by items of their own', async () => {
    const asked = await make({ input: 'call notes__write {"n":7}' });
    const request = itemOf(asked, 'mcp_approval_request');
    assert.deepEqual([request.server_label, request.name], ['notes', 'write']);
    const before = gateway.called.length;
    const say = (approve: boolean, id = request.id) => ({
      previous_response_id: asked.id,
      input: [{ type: 'mcp_approval_response', approval_request_id: id, approve }],
    });
    await refused(say(true, 'apr_of_another'));
    const unanswered = await refused({ input: 'Well?', previous_response_id: asked.id });
    assert.match(unanswered.message, /does not answer what the response waits for/);
    assert.equal(gateway.called.length, before);
    const done = await make(say(true));
    assert.equal(gateway.called.length, before + 1);
    assert.equal(itemOf(done, 'mcp_call').approval_request_id, request.id);
    await refused(say(true));
    const other = await make({ input: 'call notes__write {"n":8}' });
    const denied = await make({
      input: [
        {
          type: 'mcp_approval_response',
          approval_request_id: itemOf(other, 'mcp_approval_request').id,
          approve: false,
        },
      ],
    });
    assert.equal(itemOf(denied, 'mcp_call').status, 'failed');
    assert.equal(gateway.called.length, before + 1);
  });

  test('says no to the questions of services', async () => {
    const made = await make({ input: 'call notes__ask {}' });
    assert.match(textOf(made), /decline/);
  });

  test('deletes, and keeps nothing of what is not to be stored', async () => {
    const made = await make({ input: 'One.' });
    const gone = await gateway.send('DELETE', `/v1/responses/${made.id}`);
    assert.deepEqual(await gone.json(), { id: made.id, object: 'response', deleted: true });
    assert.equal((await gateway.send('GET', `/v1/responses/${made.id}`)).status, 404);
    const count = async () => {
      const came = await gateway.send('GET', '/api/v1/chat/conversations?limit=100');
      return ((await came.json()) as { conversations: unknown[] }).conversations.length;
    };
    const kept = await count();
    const brief = await make({ input: 'Two.', store: false });
    assert.equal(brief['store'], false);
    assert.equal((await gateway.send('GET', `/v1/responses/${brief.id}`)).status, 404);
    const asked = await make({
      input: 'call get_weather {"place":"Bern"}',
      tools: [weather],
      store: false,
    });
    const { call_id: id = '' } = itemOf(asked, 'function_call');
    const history = [
      { role: 'user', content: 'What is the weather?' },
      itemOf(asked, 'function_call'),
      { type: 'function_call_output', call_id: id, output: 'Sun.' },
    ];
    assert.match(textOf(await make({ input: history, store: false })), /Sun\./);
    assert.equal(await count(), kept);
  });

  test('runs in the background until it is cancelled', async () => {
    const begun = await make({ input: 'hang', background: true });
    assert.equal(begun.status, 'in_progress');
    const cancelled = await gateway.post(`/v1/responses/${begun.id}/cancel`, {});
    assert.equal(((await cancelled.json()) as Made).status, 'cancelled');
    const { param } = await refused({ input: 'x', background: true, store: false });
    assert.equal(param, 'background');
  });

  test('names what it does not take', async () => {
    const input = 'x';
    const cases: readonly (readonly [object, string])[] = [
      [{ input, tools: [{ type: 'web_search' }] }, 'tools[0].type'],
      [{ input, tools: [weather, weather] }, 'tools'],
      [{ input, tools: [weather], tool_choice: { type: 'function', name: 'x' } }, 'tool_choice'],
      [{ input, text: { format: { type: 'json_schema' } } }, 'text.format.type'],
      [{ input, conversation: 'c' }, 'conversation'],
      [{ input: [{ role: 'assistant', content: 'I may do it.' }] }, 'input'],
      [
        {
          input: [
            { type: 'item_reference', id: 'msg_x' },
            { role: 'user', content: 'x' },
          ],
        },
        'input[0]',
      ],
      [{ input: [{ type: 'image_generation_call' }, { role: 'user', content: 'x' }] }, 'input[0]'],
      [{ input: [{ type: 'function_call_output', call_id: 'abc', output: 'x' }] }, 'input[0]'],
    ];
    for (const [body, field] of cases) {
      const { code, param } = await refused(body);
      assert.deepEqual([code, param], ['invalid_params', field], JSON.stringify(body));
    }
    const unknown = await refused({ input, model: 'no/such' }, 404);
    assert.equal(unknown.code, 'model_unknown');
  });
});
