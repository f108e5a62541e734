import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatCompletionRequest, FixtureFileResponse } from '@copilotkit/aimock';
import { limits } from '../../src/kernel/limits.ts';
import {
  chatWorld,
  completed,
  READS,
  saying,
  type WorldOptions,
} from '../support/chat/chat-world.ts';
import {
  chatWires,
  WIRE_KEY,
  wireModel,
  wireUsage,
  type ChatWire,
} from '../support/chat/wire-models.ts';
import { startModelServer } from '../support/start-model-server.ts';

const picture = Buffer.from('the bytes of a picture, more or less'.repeat(40)).toString('base64');
const tools: NonNullable<WorldOptions['tools']> = {
  weather__get: {
    definition: {
      ...READS,
      description: 'The weather of a city.',
      inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
    run: ({ arguments: given }) => saying(`weather of ${JSON.stringify(given)}`),
  },
  'maps__draw.map': {
    definition: READS,
    run: () =>
      completed({
        content: [{ type: 'image', data: picture, mimeType: 'image/png' }],
        structuredContent: { image: picture, title: 'Bern' },
      }),
  },
  mail__send: { run: () => saying('sent') },
  bad__fail: { definition: READS, run: () => saying('It is broken.', { isError: true }) },
};

/** How many rounds of results the request has: the models' own turns, on every wire. */
function turnOf({ messages }: ChatCompletionRequest): number {
  return messages.filter(({ role }, at) => role === 'tool' && messages[at - 1]?.role !== 'tool')
    .length;
}

type Answer = FixtureFileResponse & object;
const calls = (...written: readonly (readonly [string, object])[]): Answer => ({
  toolCalls: written.map(([name, given]) => ({ name, arguments: JSON.stringify(given) })),
});

/** A world whose model answers by its turn, on one wire. */
async function worldOf(
  wire: ChatWire,
  answers: readonly Answer[],
  more: Partial<WorldOptions> = {},
) {
  const server = await startModelServer();
  server.mock.on({ predicate: () => true }, (request) => {
    const answer = answers[turnOf(request)] ?? { content: 'Done.' };
    return { ...answer, usage: wireUsage(wire, 100, 10) } as never;
  });
  const model = wireModel(server, wire);
  const world = chatWorld({ models: [model], tools, ...more });
  return Object.assign(world, {
    server,
    model,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    lastBody: () => model.sent.at(-1) ?? '',
  });
}

/** Every call that left is followed by its result, and nothing secret left. */
function assertSound(bodies: readonly string[]): void {
  assert.ok(bodies.length > 0);
  for (const body of bodies) {
    assert.ok(!body.includes(WIRE_KEY));
    const ids = (pattern: RegExp) => [...body.matchAll(pattern)];
    const called = [
      ...ids(/"call_id":"\w{9}","name"/g),
      ...ids(/"id":"\w{9}","type":"function"|"type":"tool_use","id":"\w{9}"/g),
    ];
    const answered = ids(/(?:_output","call_id"|"tool_call_id"|"tool_use_id"):"\w{9}"/g);
    assert.equal(answered.length, called.length, body);
  }
}

for (const wire of chatWires) {
  describe(`a run on the wire ${wire}`, () => {
    it('answers, with what it used and what it cost', async () => {
      await using world = await worldOf(wire, [{ content: 'Good day.' }]);
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.equal(world.text(), 'Good day.');
      const [step] = world.told('step');
      assert.equal(step?.usage.isEstimated, false);
      assert.deepEqual([step?.usage.inputTokens, step?.usage.outputTokens], [100, 10]);
      assert.deepEqual(step?.cost, { nano: '120', currency: 'USD' });
      const body = world.lastBody();
      for (const name of ['read_result', 'weather__get', 'mail__send', 'maps__draw_map_']) {
        assert.ok(body.includes(`"${name}`), name);
      }
      assert.ok(!body.includes('draw.map"'));
      assertSound(world.model.sent);
    });

    it('calls one tool, and several at once, in the order of the history', async () => {
      await using world = await worldOf(wire, [
        calls(['weather__get', { city: 'Bern' }]),
        calls(['weather__get', { city: 'Rome' }], ['weather__get', { city: 'Oslo' }]),
        { content: 'Rain [t1], sun [t2], snow [t3], [t9].' },
      ]);
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.equal(world.text(), 'Rain [t1], sun [t2], snow [t3], .');
      assert.equal(world.calls.length, 3);
      const body = world.lastBody();
      const results = body.replaceAll('\\', '');
      const places = ['Bern', 'Rome', 'Oslo'].map((city) =>
        results.indexOf(`weather of {"city":"${city}"}`),
      );
      assert.ok(places.every((place) => place > 0));
      assert.deepEqual(
        places.toSorted((a, b) => a - b),
        places,
      );
      assertSound(world.model.sent);
    });

    it('gives pictures in the place that the wire has, never as text', async () => {
      const name = /maps__draw_map_\w+/;
      await using world = await worldOf(wire, [{ content: 'x' }]);
      await world.proceed();
      const sent = name.exec(world.lastBody())?.[0] ?? '';
      await using other = await worldOf(wire, [calls([sent, {}]), { content: 'A map.' }]);
      await other.proceed();
      assert.equal(other.calls[0]?.tool, 'maps__draw.map');
      const body = other.lastBody();
      assert.equal(body.split(picture).length - 1, 1, 'once, as a file');
      assert.match(
        body,
        new RegExp(
          `(data:image/png;base64,|"data":")${picture.slice(0, 20).replaceAll('+', '\\+')}`,
        ),
      );
      assert.match(body, /\[given as a file\]/);
      assertSound(other.model.sent);
    });

    it('waits for an approval, and goes on in another process', async () => {
      await using world = await worldOf(wire, [calls(['mail__send', { to: 'x' }])]);
      const rest = await world.proceed();
      assert.ok(rest.state === 'waiting');
      assert.equal(world.calls.length, 0);
      const { id = '' } = rest.waits[0] ?? {};
      world.disk.answers.push({ id, kind: 'approval', isApproved: true });
      world.restart();
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.equal(world.calls.length, 1);
      assertSound(world.model.sent);
    });

    it('tells of bad arguments, unknown tools and failing ones, and recovers', async () => {
      await using world = await worldOf(wire, [
        calls(['weather__get', { town: 1 }]),
        calls(['no_such_tool', {}]),
        calls(['bad__fail', {}]),
        { content: 'I give up.' },
      ]);
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.deepEqual(
        world.calls.map(({ tool }) => tool),
        ['bad__fail'],
      );
      const body = world.lastBody();
      for (const said of [/required property 'city'/, /no tool of the name/, /It is broken/]) {
        assert.match(body, said);
      }
      assertSound(world.model.sent);
    });

    it('ends when the model makes the same call again and again', async () => {
      const again = calls(['weather__get', { city: 'Bern' }]);
      await using world = await worldOf(wire, Array(9).fill(again));
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'loop_detected' });
      assert.equal(world.calls.length, limits.chatSameCallsMax);
    });

    it('is stopped in the middle of an answer, which stays as far as it came', async () => {
      await using server = await startModelServer();
      const content = 'word '.repeat(400);
      server.mock.on({ predicate: () => true }, { content }, { latency: 20, chunkSize: 5 });
      const world = chatWorld({ models: [wireModel(server, wire)], tools });
      const done = world.proceed();
      const looking = setInterval(() => world.text() !== '' && world.stop.abort(), 5);
      assert.deepEqual(await done, { state: 'finished', reason: 'stopped' });
      clearInterval(looking);
      const said = world.text();
      assert.ok(said.length < content.length);
      assert.deepEqual(world.disk.messages.at(-1)?.parts, [{ type: 'text', text: said }]);
      assert.equal(world.told('step')[0]?.usage.isEstimated, true);
    });

    it('asks again after 429, and then the next model', async () => {
      await using server = await startModelServer();
      const busy = { error: { message: 'busy' }, status: 429, retryAfter: 0 };
      server.mock.on({ model: 'busy' }, busy);
      server.mock.on({ model: 'wired' }, { content: 'By the other.' });
      const models = [wireModel(server, wire, 'busy'), wireModel(server, wire)];
      const world = chatWorld({ models, tools });
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.equal(world.text(), 'By the other.');
      assert.equal(models[0]?.sent.length, 2);
      assert.equal(world.told('note').length, 2);
    });

    it('keeps nothing of an answer that was cut', async () => {
      await using server = await startModelServer();
      const content = 'One two three four five six seven eight nine ten.';
      const cut = { truncateAfterChunks: 8, chunkSize: 5, latency: 10 };
      server.mock.on({ sequenceIndex: 0 }, { content }, cut);
      server.mock.on({ predicate: () => true }, { content });
      const world = chatWorld({ models: [wireModel(server, wire)], tools });
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.equal(world.told('reset').length, 1);
      assert.deepEqual(world.disk.messages.at(-1)?.parts, [{ type: 'text', text: content }]);
      assert.equal(world.usage[0]?.outcome, 'upstream_lost');
    });

    it('goes on after a death at every operation of the journal', async () => {
      const answers = [
        calls(['weather__get', { city: 'Bern' }], ['weather__get', { city: 'Rome' }]),
        { content: 'Done [t1].' },
      ];
      let deaths = 0;
      await using first = await worldOf(wire, answers);
      for (let at = 1; ; at++) {
        const one = { parallelCallsMax: 1 };
        const world = chatWorld({ models: [first.model], tools, limits: one });
        const rest = await world.proceed({ at, isWritten: at % 2 === 0 });
        if (rest.state === 'finished' && rest.reason === 'done') break;
        deaths += 1;
        world.restart();
        assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
        assert.ok(world.calls.length <= 2);
      }
      assert.ok(deaths > 10, `${deaths} deaths`);
      assertSound(first.model.sent);
      const called = /"call_id":|"tool_calls":|"tool_use"/;
      assert.ok(first.model.sent.some((body) => called.test(body)));
    });
  });
}
