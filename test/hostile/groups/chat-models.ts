import assert from 'node:assert/strict';
import type { HostileCase } from '../case.ts';
import { ChatTalk, giveModel, statuses } from '../world/chat-talk.ts';
import { textOf } from '../world/client.ts';
import { chunk, written, type ModelScript } from '../world/evil-model.ts';

const loops: HostileCase = {
  id: 'J4',
  title: 'the same call for ever; two tools in turn for ever; another argument each time',
  expected: 'it stops by itself and says why: as a loop, and after the steps that it may take',
  run: async (world) => {
    const { books } = world.chat;
    const always = new ChatTalk(world, ({ call }) => call(['books__echo', { a: 1 }]));
    const same = await always.say('Go.');
    assert.equal(same.stopReason, 'loop_detected', same.came.text);
    assert.ok(books.calls <= 3, `${books.calls} calls`);
    const turns = new ChatTalk(world, ({ turn, call }) =>
      call([turn % 2 === 0 ? 'books__echo' : 'books__read', {}]),
    );
    assert.equal((await turns.say('Go.')).stopReason, 'loop_detected');
    assert.ok(books.calls <= 6, `${books.calls} calls`);
    const other = new ChatTalk(world, ({ turn, call }) => call(['books__echo', { turn }]));
    const said = await other.say('Go.');
    assert.equal(said.stopReason, 'steps', said.came.text);
    assert.equal(world.chat.model.journal.length, 20);
  },
};

const parallel: HostileCase = {
  id: 'J4b',
  title: 'a thousand calls in one step',
  expected: '32 are made, four at a time; the model is told of the others',
  run: async (world) => {
    const { books } = world.chat;
    let running = 0;
    let most = 0;
    books.tools.set('echo', ({ say }) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        say('echo');
      }, 20);
    });
    const many = Array.from({ length: 1_000 }, (_, at) => ['books__echo', { at }] as const);
    const talk = new ChatTalk(world, ({ turn, call, say }) =>
      turn === 0 ? call(...many) : say('Done.'),
    );
    const said = await talk.say('Go.');
    assert.equal(said.status, 'finished');
    assert.equal(books.calls, 32);
    assert.ok(most <= 4, `${most} at once`);
    assert.equal(statuses(said).filter((one) => one === 'error').length, 968);
  },
};

const hugeArguments: HostileCase = {
  id: 'J4c',
  title: 'arguments of a hundred thousand tokens, whole and in pieces that never end',
  expected: 'not called, the model is told why; what never ends is cut off',
  run: async (world) => {
    const { books, model } = world.chat;
    const words = 'word '.repeat(100_000);
    const talk = new ChatTalk(world, ({ turn, call, say }) =>
      turn === 0 ? call(['books__echo', { words }]) : say('Done.'),
    );
    const said = await talk.say('Go.');
    assert.deepEqual(statuses(said), ['error'], said.came.text.slice(0, 300));
    assert.match(model.text(), /arguments are above/);
    const endless = new ChatTalk(world, ({ write, response }) => {
      write(chunk({ role: 'assistant', tool_calls: [written(['books__echo', '{"a":"'], 0)] }));
      const more = chunk({
        tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(4_096) } }],
      });
      const flow = (): void => {
        while (!response.destroyed && response.write(more));
      };
      response.on('drain', () => setImmediate(flow));
      flow();
    });
    const cut = await endless.say('Go.', { limits: { seconds: 30 } });
    assert.equal(cut.stopReason, 'failed', cut.came.text.slice(0, 300));
    assert.ok(model.aborted >= 1);
    assert.equal(books.calls, 0);
  },
};

const budget: HostileCase = {
  id: 'J5',
  title: 'a budget of 0.10 with steps of 0.03, half of which fail and are asked for again',
  expected: 'at most 0.10 and one step; the sum is that of all attempts',
  run: async (world) => {
    const { client, keys, chat } = world;
    const price = { currency: 'EUR', input: '0', output: '1000' };
    for (const model of ['evil/m', 'evil/spare']) {
      const body = { model, ...price };
      const made = await client.send('POST', '/api/v1/models/prices', { key: keys.admin, body });
      assert.ok([201, 409].includes(made.status), made.text);
    }
    let asked = 0;
    const talk = new ChatTalk(world, ({ turn, response, write }) => {
      if (++asked % 2 === 1) return void response.writeHead(500).end('{}');
      write(chunk({ role: 'assistant', tool_calls: [written(['books__echo', { turn }], 0)] }));
      const usage = { prompt_tokens: 1, completion_tokens: 30, total_tokens: 31 };
      const end = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
      const reason = [{ index: 0, delta: {}, finish_reason: 'tool_calls' }];
      write(`data: ${JSON.stringify({ ...end, choices: reason, usage })}\n\n`, 'data: [DONE]\n\n');
      response.end();
    });
    const limits = { cost: { amount: '0.10', currency: 'EUR' }, steps: 50 };
    const said = await talk.say('Go.', { limits });
    assert.equal(said.stopReason, 'cost', said.came.text.slice(0, 400));
    const { amounts } = said.came.json['cost'] as { amounts: { amount: string }[] };
    const cost = Number(amounts[0]?.amount);
    assert.ok(cost >= 0.1 && cost <= 0.13, `${cost}`);
    assert.equal(said.came.json['usage'] !== undefined, true);
    assert.ok(chat.books.calls <= 4);
  },
};

const wrongCalls: HostileCase = {
  id: 'J6',
  title: 'unknown tools, names with newlines, arguments that are no JSON or not as they must be',
  expected: 'nothing is called; the model is told, and goes on',
  run: async (world) => {
    const { books, model } = world.chat;
    const wrong: readonly (readonly [string, string])[] = [
      ['no_such_tool', '{}'],
      ['books__read\n', '{}'],
      ['books__read\r\nX-Evil: 1', '{}'],
      ['books__', '{}'],
      ['__proto__', '{}'],
      ['constructor', '{}'],
      [`books__${'x'.repeat(5_000)}`, '{}'],
      ['books__read', '{"of": 1}'],
      ['books__read', '{"of": "x", "more": true}'],
      ['books__read', '{"of":'],
      ['books__read', '[]'],
      ['books__read', '"text"'],
      ['books__read', '{"__proto__": {"of": 1}, "constructor": 1}'],
      ['books__read', '['.repeat(5_000)],
      ['books__read', `${'{"of":'.repeat(2_000)}1${'}'.repeat(2_000)}`],
    ];
    for (const one of wrong) {
      const talk = new ChatTalk(world, ({ turn, call, say }) =>
        turn === 0 ? call(one) : say('I see.'),
      );
      const said = await talk.say('Go.');
      assert.equal(
        said.answer,
        'I see.',
        `${one[0]} ${one[1].slice(0, 40)}: ${said.came.text.slice(-300)}`,
      );
      assert.deepEqual(statuses(said), ['error'], JSON.stringify(one).slice(0, 100));
      assert.equal(model.journal.length, 2);
      assert.equal(books.calls, 0, JSON.stringify(one).slice(0, 100));
    }
  },
};

const othersTool: HostileCase = {
  id: 'J6b',
  title: 'a tool of another tenant, and one that the key does not reach, by their exact names',
  expected: 'word for word as a tool that nobody has',
  run: async (world) => {
    const { client, keys, chat, other } = world;
    await giveModel(world, other.key);
    const narrow = await client.send('POST', '/api/v1/keys', {
      key: keys.admin,
      body: { name: 'chatty', scopes: ['chat.use', 'mcp.use'], access: { services: ['calm'] } },
    });
    for (const key of [other.key, textOf(narrow.json, 'apiKey')]) {
      const told: string[] = [];
      for (const name of ['books__read', 'nobody__read']) {
        const script: ModelScript = ({ turn, call, say, text }) => {
          if (turn > 0) told.push(text.slice(text.indexOf('tool_result id')).replaceAll(name, '?'));
          return turn === 0 ? call([name, {}]) : say('I see.');
        };
        const said = await new ChatTalk(world, script, key).say('Go.');
        assert.deepEqual(statuses(said), ['error'], said.came.text);
        assert.ok(!chat.model.offered().some((one) => one.startsWith('books')));
      }
      const [real = '', none = ''] = told.map(
        (one) => /There is no tool[^<]*/.exec(one)?.[0] ?? '',
      );
      assert.ok(real.length > 10, told.join('\n').slice(0, 500));
      assert.equal(real, none);
    }
    assert.equal(chat.books.calls, 0);
  },
};

/** Ways in which a provider fails; `isPlain` says that the one that stands in then answers. */
const failures: Readonly<Record<string, ModelScript>> = {
  'too many': ({ response }) => response.writeHead(429, { 'retry-after': '60' }).end('{}'),
  'server error': ({ response }) => response.writeHead(500).end('<html>stack at x (/app/y:1:1)'),
  'no JSON': ({ response }) => response.writeHead(200).end('nothing'),
  'garbage events': ({ write, response }) => {
    write('data: {"choices": [\n\n', 'data: \u0000\u0001\n\n', 'event: x\ndata: [1,2]\n\n');
    response.end();
  },
  silence: () => {},
  'silence after the head': ({ write }) => write(': hello\n\n'),
  'an end in the middle of a call': ({ write, response }) => {
    write(chunk({ role: 'assistant', tool_calls: [written(['books__pay', '{"to": "e'], 0)] }));
    setTimeout(() => response.destroy(), 50);
  },
  'an end after a call without its end': ({ write, response }) => {
    write(chunk({ role: 'assistant', tool_calls: [written(['books__pay', { to: 'eve' }], 0)] }));
    setTimeout(() => response.destroy(), 50);
  },
};

const badProviders: HostileCase = {
  id: 'J7',
  title: 'a provider: 429, 500, garbage, silence, cut in the middle of a call',
  expected: 'the model that stands in answers; nothing was called; the user sees no inside',
  run: async (world) => {
    for (const [name, fail] of Object.entries(failures)) {
      const talk = new ChatTalk(world, (ask) =>
        ask.body['model'] === 'spare' ? ask.say('I stand in.') : fail(ask),
      );
      const said = await talk.say('Go.');
      assert.equal(said.answer, 'I stand in.', `${name}: ${said.came.text}`);
      assert.equal(world.chat.books.calls, 0, name);
    }
  },
};

const allBad: HostileCase = {
  id: 'J7b',
  title: 'all providers fail so; one trickles for ever; one sends a line without an end',
  expected: 'an error that says so, or the time is up; tokens that came are counted',
  run: async (world) => {
    for (const [name, fail] of Object.entries(failures)) {
      const said = await new ChatTalk(world, fail).say('Go.');
      assert.equal(said.stopReason, 'failed', `${name}: ${said.came.text}`);
      assert.match(said.error, /^upstream_/, name);
    }
    const trickle = new ChatTalk(world, ({ write, response }) => {
      const timer = setInterval(() => write(chunk({ content: 'x ' })), 100);
      response.once('close', () => clearInterval(timer));
    });
    const late = await trickle.say('Go.', { limits: { seconds: 3 } });
    assert.equal(late.stopReason, 'time', late.came.text);
    const usage = late.came.json['usage'] as { output_tokens: number; estimated: boolean };
    assert.ok(usage.estimated && usage.output_tokens > 0, JSON.stringify(usage));
    assert.ok(world.chat.model.aborted >= 1);
    const flood = new ChatTalk(world, ({ write, response }) => {
      write('data: ');
      const line = 'x'.repeat(64 * 1024);
      const flow = (): void => {
        while (!response.destroyed && response.write(line));
      };
      response.on('drain', () => setImmediate(flow));
      flow();
    });
    const cut = await flood.say('Go.', { limits: { seconds: 30 } });
    assert.equal(cut.stopReason, 'failed', cut.came.text);
  },
  settleMs: 30_000,
};

/** What models do. */
export const modelCases = [
  loops,
  parallel,
  hugeArguments,
  budget,
  wrongCalls,
  othersTool,
  badProviders,
  allBad,
];
