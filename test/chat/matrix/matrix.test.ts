import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import { chatWires } from '../../support/chat/wire-models.ts';
import { until } from '../../support/until.ts';
import {
  calling,
  modelOf,
  startWiredGateway,
  wordOf,
  type ChatAnswer,
  type WiredGateway,
} from './start-wired-gateway.ts';
import { PICTURE } from './start-tool-server.ts';
import { readHistory } from './wire-history.ts';

/** The script of every question, by its first word. */
const scripts = {
  plain: [{ content: 'Good day.' }],
  one: [calling(['weather', { city: 'Bern' }]), { content: 'Rain [t1].' }],
  parallel: [
    calling(['weather', { city: 'Rome' }], ['weather', { city: 'Oslo' }]),
    { content: 'Sun [t1], snow [t2].' },
  ],
  approval: [calling(['send', { to: 'ada' }]), { content: 'Sent.' }],
  arguments: [calling(['weather', { town: 1 }]), { content: 'I was wrong.' }],
  unknown: [calling(['nothing', {}]), { content: 'There is none.' }],
  failing: [calling(['fail', {}]), { content: 'It failed.' }],
  picture: [calling(['draw', {}]), { content: 'A map.' }],
  loop: Array(9).fill(calling(['weather', { city: 'Bern' }])),
  killed: [calling(['hang', {}]), { content: 'It was interrupted.' }],
  after: [{ content: 'Still here.' }],
};

describe('chat on the wires of models, through a whole gateway', () => {
  let world: WiredGateway;
  before(async () => {
    world = await startWiredGateway();
    for (const [word, turns] of Object.entries(scripts)) world.script(word, turns);
  });
  after(() => world?.[Symbol.asyncDispose]());

  for (const wire of chatWires) {
    describe(wire, () => {
      it('plain, with what it used and cost', async () => {
        const said = await world.say(wire, 'plain question');
        assertDone(said, 'Good day.');
        const { input_tokens: input, output_tokens: output, estimated } = said.usage;
        assert.deepEqual([input, output, estimated], [100, 10, false]);
        const amounts = [{ amount: '0.00012', currency: 'USD' }];
        assert.deepEqual(said.cost, { amounts, unpriced: false });
        assert.equal(world.sent(wire).length, 1);
      });

      it('one tool, and several at once', async () => {
        assertDone(await world.say(wire, 'one question'), 'Rain [t1].');
        assert.equal(world.sent(wire).length, 2);
        const said = await world.say(wire, 'parallel question');
        assertDone(said, 'Sun [t1], snow [t2].');
        const told = readHistory(wire, world.sent(wire).at(-1) ?? '');
        assert.equal(told.results.length, 2);
      });

      it('an approval', async () => {
        const before = calls(world, 'send');
        const said = await world.say(wire, 'approval question');
        assert.equal(said.status, 'waiting');
        assert.equal(calls(world, 'send'), before);
        const answers = said.waiting.map(({ id }) => ({ id, approve: true }));
        await world.call('POST', `/chat/runs/${said.run_id}/answers`, { answers });
        assertDone(await ended(world, said.run_id), 'Sent.');
        assert.equal(calls(world, 'send'), before + 1);
        world.sent(wire);
      });

      for (const [word, said, end] of [
        ['arguments', /required property 'city'/, 'error'],
        ['unknown', /no tool of the name/, 'error'],
        ['failing', /It is broken/, 'error'],
      ] as const) {
        it(`recovers: ${word}`, async () => {
          const before = world.tools.of('tools/call').length;
          const answer = await world.say(wire, `${word} question`);
          assert.deepEqual([answer.status, answer.stop_reason], ['finished', 'done']);
          assert.equal(answer.tool_calls[0]?.status, end);
          const reached = word === 'failing' ? 1 : 0;
          assert.equal(world.tools.of('tools/call').length - before, reached);
          assert.match(world.sent(wire).at(-1) ?? '', said);
        });
      }

      it('a picture goes in its place, never as text', async () => {
        assertDone(await world.say(wire, 'picture question'), 'A map.');
        const body = world.sent(wire).at(-1) ?? '';
        assert.equal(body.split(PICTURE).length, 2, 'once');
        assert.match(body, /(?:data:image\/png;base64,|"data":")dGhlIGJ5dGVz/);
      });

      it('an endless loop', async () => {
        const said = await world.say(wire, 'loop question');
        assert.equal(said.stop_reason, 'loop_detected');
        assert.equal(said.tool_calls.filter(({ status }) => status === 'ok').length, 3);
        assert.equal(world.sent(wire).length, limits.chatSameCallsMax + 1);
      });

      it('stopped in the middle of an answer', async () => {
        const word = `stop_${wire}`;
        const content = 'word '.repeat(400);
        const slow = { latency: 20, chunkSize: 5 };
        world.models.mock.on(
          { predicate: (request) => wordOf(request) === word },
          { content },
          slow,
        );
        const body = { message: `${word} question`, model: modelOf(wire), stream: true };
        const response = await world.send('POST', '/chat', body);
        const run = await readUntil(response, 'event: text');
        await world.call('POST', `/chat/runs/${run}/stop`);
        const said = await ended(world, run);
        assert.equal(said.stop_reason, 'stopped');
        assert.ok(said.answer.length > 0 && said.answer.length < content.length);
        assert.equal(said.usage.estimated, true);
        world.sent(wire);
      });

      it('429, then an answer', async () => {
        const word = `busy_${wire}`;
        const busy = { error: { message: 'busy' }, status: 429, retryAfter: 0 };
        const predicate = (request: Parameters<typeof wordOf>[0]) => wordOf(request) === word;
        world.models.mock.on({ predicate, sequenceIndex: 0 }, busy);
        world.script(word, [{ content: 'Now.' }]);
        assertDone(await world.say(wire, `${word} question`), 'Now.');
        assert.equal(world.sent(wire).length, 2);
      });

      it('cut in the middle of an answer', async () => {
        const word = `cut_${wire}`;
        const content = 'One two three four five six seven eight nine ten.';
        const cut = { truncateAfterChunks: 8, chunkSize: 5, latency: 5 };
        const predicate = (request: Parameters<typeof wordOf>[0]) => wordOf(request) === word;
        world.models.mock.on({ predicate, sequenceIndex: 0 }, { content }, cut);
        world.script(word, [{ content }]);
        const said = await world.say(wire, `${word} question`);
        assertDone(said, content);
        assert.equal(world.sent(wire).length, 2);
        // What the provider did not say any more is estimated, and paid for.
        assert.equal(said.usage.estimated, true);
        assert.ok(said.usage.input_tokens > 100);
      });
    });
  }

  it('killed in the middle of a call on every wire, and all of them go on', async () => {
    const runs = await Promise.all(
      chatWires.map(async (wire) => {
        const body = { message: 'killed question', model: modelOf(wire), stream: true };
        return await readUntil(await world.send('POST', '/chat', body), 'event: tool_call');
      }),
    );
    await until(() => calls(world, 'hang') === chatWires.length, 'every call reached the tools');
    await world.gateway.kill();
    const before = world.models.received().length;
    await world.gateway.start();
    const said = await Promise.all(runs.map((run) => ended(world, run)));
    for (const one of said) {
      assertDone(one, 'It was interrupted.');
      assert.deepEqual(
        one.tool_calls.map(({ status }) => status),
        ['interrupted'],
      );
    }
    assert.equal(calls(world, 'hang'), chatWires.length, 'no call was made again');
    const resumed = world.models.received().slice(before);
    assert.equal(resumed.length, chatWires.length);
    for (const [at, wire] of chatWires.entries()) {
      const { session_id } = said[at] as ChatAnswer;
      assertDone(await world.say(wire, 'after question', { session_id }), 'Still here.');
      const mine = world.models.received().filter((body) => body.includes(`"model":"${wire}"`));
      const told = readHistory(wire, mine.at(-1) ?? '');
      assert.equal(told.calls.length, 1);
      assert.deepEqual(told.results, told.calls, 'no orphan');
      assert.match(mine.at(-1) ?? '', /nobody knows|may or may not|interrupted/);
    }
  });
});

function assertDone(said: ChatAnswer, answer: string): void {
  assert.deepEqual(
    [said.status, said.stop_reason, said.answer, said.error],
    ['finished', 'done', answer, null],
  );
}

/** How often a tool was called. */
function calls(world: WiredGateway, tool: string): number {
  const all = world.tools.of('tools/call');
  return all.filter(({ message }) => message.params?.['name'] === tool).length;
}

async function ended(world: WiredGateway, run: string): Promise<ChatAnswer> {
  let said: ChatAnswer | undefined;
  await until(async () => {
    said = await world.call<ChatAnswer>('GET', `/chat/runs/${run}`);
    return said.status === 'finished';
  });
  return said as ChatAnswer;
}

/** Reads a stream until something is in it, and leaves; the run's id. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  let seen = '';
  for await (const chunk of response.body ?? []) {
    seen += Buffer.from(chunk as Uint8Array).toString();
    if (seen.includes(wanted)) break;
  }
  return /"run_id":"(chr_\w+)"/.exec(seen)?.[1] ?? assert.fail(seen);
}
