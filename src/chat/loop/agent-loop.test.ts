import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chatWorld,
  READS,
  saying,
  type WorldOptions,
} from '../../../test/support/chat/chat-world.ts';
import { scriptedModel, type ScriptedAnswer } from '../../../test/support/chat/scripted-model.ts';
import { limits } from '../../kernel/limits.ts';

const city = {
  ...READS,
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const weather: NonNullable<WorldOptions['tools']> = {
  weather__get: { definition: city, run: ({ arguments: given }) => saying(JSON.stringify(given)) },
};
const get = (where: string) => ({ name: 'weather__get', input: { city: where } });
const script = (...answers: readonly ScriptedAnswer[]) =>
  scriptedModel((turn) => answers[turn] ?? { text: 'Nothing more.' });

describe('the loop', () => {
  it('asks, calls as the run, tells, and is done', async () => {
    const model = script(
      { text: 'I look.', calls: [get('Bern')] },
      { text: 'Rain [t1], not [t2].' },
    );
    const world = chatWorld({ models: [model], tools: weather });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    const [call] = world.calls;
    assert.deepEqual(call?.params['arguments'], { city: 'Bern' });
    assert.deepEqual(call?.actor, { kind: 'chat', id: 'chr_1' });
    assert.equal(world.text(), 'I look.Rain [t1], not .');
    assert.deepEqual(
      world.disk.messages.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'assistant'],
    );
    const prompt = JSON.stringify(model.asked[1]?.prompt);
    assert.match(
      prompt,
      /<tool_result id=\\"t1\\" service=\\"weather\\" trust=\\"untrusted\\" end=\\"ok\\">/,
    );
    assert.match(world.told('note')[0]?.text ?? '', /1 citations of calls/);
    assert.equal(world.results()[0]?.usageId, 'use_1');
    assert.equal(world.told('step').length, 2);
    assert.deepEqual(
      world.usage.map(({ method, tool, actor, quantities }) => [method, tool, actor, quantities]),
      Array.from({ length: 2 }, () => [
        'chat/step',
        'test/scripted',
        'chat:chr_1',
        '{"token:input":"10","token:output":"5"}',
      ]),
    );
  });

  it('makes no call whose arguments are not valid, and tells the model why', async () => {
    const model = script(
      { calls: [{ name: 'weather__get', input: { town: 1 } }] },
      { text: 'Sorry.' },
    );
    const world = chatWorld({ models: [model], tools: weather });
    await world.proceed();
    assert.equal(world.calls.length, 0);
    assert.match(JSON.stringify(world.results()[0]?.content), /required property 'city'/);
    assert.match(JSON.stringify(model.asked[1]?.prompt), /required property 'city'/);
  });

  it('stands on the check of arguments alone: without it the bad call is made', async () => {
    const { loadSdk } = await import('./ask-model.ts');
    const load = async () => ({ sdk: await loadSdk(), check: () => undefined });
    const model = script({ calls: [{ name: 'weather__get', input: { town: 1 } }] });
    const world = chatWorld({ models: [model], tools: weather, load });
    await world.proceed();
    assert.deepEqual(world.calls[0]?.params['arguments'], { town: 1 });
  });

  it('tells of unknown tools, failing tools and arguments that are no JSON', async () => {
    const model = script(
      {
        calls: [
          { name: 'none__such', input: {} },
          { name: 'bad__fails', input: {} },
        ],
      },
      {
        calls: [
          { name: 'weather__get', input: '{"city":' },
          { name: 'bad__says', input: {} },
        ],
      },
    );
    const tools = {
      ...weather,
      bad__fails: { definition: READS, run: () => Promise.reject(new Error('secret detail')) },
      bad__says: { definition: READS, run: () => saying('It broke.', { isError: true }) },
    };
    const world = chatWorld({ models: [model], tools });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    const ends = world.results().map(({ end, content }) => [end, JSON.stringify(content)] as const);
    assert.match(ends[0]?.[1] ?? '', /no tool of the name/);
    assert.match(ends[1]?.[1] ?? '', /gateway failed at this call/);
    assert.doesNotMatch(JSON.stringify(ends), /secret detail/);
    assert.match(ends[2]?.[1] ?? '', /must be a JSON object/);
    assert.match(ends[3]?.[1] ?? '', /It broke/);
    assert.deepEqual(
      ends.map(([end]) => end),
      ['error', 'error', 'error', 'error'],
    );
  });

  it('runs so many calls at once, and refuses those beyond chatCallsPerStepMax', async () => {
    let inside = 0;
    let most = 0;
    const slow = {
      definition: READS,
      run: async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside--;
        return saying('ok');
      },
    };
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ name: 'a__slow', input: { n } }));
    const max = limits.chatCallsPerStepMax;
    for (const parallelCallsMax of [1, 3]) {
      most = 0;
      const model = script(
        { calls: many(max) },
        { calls: many(max + 1).map((one) => ({ ...one, input: { m: one.input } })) },
      );
      const world = chatWorld({
        models: [model],
        tools: { a__slow: slow },
        limits: { parallelCallsMax },
      });
      await world.proceed();
      assert.equal(most, parallelCallsMax);
      assert.equal(world.calls.length, 2 * max);
      assert.match(JSON.stringify(world.results().at(-1)), /one step may make 32 calls/);
    }
  });
});

describe('limits of a run', () => {
  const endless = () =>
    scriptedModel(
      (turn) => ({ calls: [get(`city ${turn}`)] }),
      {},
      () => ({ nano: 10n, currency: 'USD' }),
    );

  it('stop it after stepsMax steps', async () => {
    for (const stepsMax of [1, 3]) {
      const model = endless();
      const world = chatWorld({ models: [model], tools: weather, limits: { stepsMax } });
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'steps' });
      assert.equal(model.asked.length, stepsMax);
    }
    const exact = script({ calls: [get('a')] }, { text: 'Done.' });
    const world = chatWorld({ models: [exact], tools: weather, limits: { stepsMax: 2 } });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
  });

  it('stop it when costMax is spent, tools counted', async () => {
    const costing = async (nano: bigint, steps: number) => {
      const model = endless();
      const costMax = { nano, currency: 'USD' };
      const world = chatWorld({
        models: [model],
        tools: weather,
        limits: { costMax, stepsMax: 6 },
      });
      const rest = await world.proceed();
      assert.equal(model.asked.length, steps);
      return rest.state === 'finished' ? rest.reason : undefined;
    };
    assert.equal(await costing(20n, 2), 'cost');
    assert.equal(await costing(21n, 3), 'cost');
    const cost = { _meta: { 'mcp-gateway/cost': { amount: '0.00000002', currency: 'USD' } } };
    const tools = { weather__get: { definition: city, run: () => saying('x', cost) } };
    const model = endless();
    const costMax = { nano: 30n, currency: 'USD' };
    const world = chatWorld({ models: [model], tools, limits: { costMax } });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'cost' });
    assert.equal(model.asked.length, 1);
  });

  it('stop it when it is out of time or told to, and keep what was said', async () => {
    const model = script({ text: 'I think', hangs: true });
    const late = chatWorld({ models: [model], limits: { totalMs: 300 } });
    assert.deepEqual(await late.proceed(), { state: 'finished', reason: 'time' });
    assert.deepEqual(late.disk.messages.at(-1)?.parts, [{ type: 'text', text: 'I think' }]);
    assert.equal(late.disk.messages.at(-1)?.usage?.isEstimated, true);
    assert.equal(late.usage[0]?.outcome, 'cancelled');
    const hanging: NonNullable<WorldOptions['tools']> = {
      a__hangs: {
        definition: READS,
        run: (_, { io }) => {
          setImmediate(() => world.stop.abort());
          return new Promise((_, reject) =>
            io.cancellation.onCancel(() => reject(new Error('cut'))),
          );
        },
      },
    };
    const world = chatWorld({
      models: [script({ calls: [{ name: 'a__hangs', input: {} }] })],
      tools: hanging,
    });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'stopped' });
    assert.equal(world.results()[0]?.end, 'interrupted');
  });

  it('note the same call at the third time and end the run at the fourth', async () => {
    const model = scriptedModel(() => ({ calls: [get('Bern')] }));
    const world = chatWorld({ models: [model], tools: weather });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'loop_detected' });
    assert.equal(world.calls.length, limits.chatSameCallsMax);
    const noted = world.results().map((one) => JSON.stringify(one).includes('This very call'));
    assert.deepEqual(noted, [false, false, true, false]);
    assert.equal(limits.chatSameCallNoteAt, 3);
    const others = scriptedModel((turn) =>
      turn < 9 ? { calls: [get(`c${turn % 3}`)] } : { text: 'Done.' },
    );
    const fine = chatWorld({ models: [others], tools: weather });
    assert.deepEqual(await fine.proceed(), { state: 'finished', reason: 'done' });
  });

  it('refuse an answer of more than chatStepCharactersMax', async () => {
    const most = limits.chatStepCharactersMax;
    for (const [length, reason] of [
      [most, 'done'],
      [most + 1, 'failed'],
    ] as const) {
      const text = 'x'.repeat(length);
      const world = chatWorld({
        models: [scriptedModel(() => ({ text, deltaCharacters: 50_000 }))],
      });
      const rest = await world.proceed();
      assert.equal(rest.state === 'finished' && rest.reason, reason);
    }
  });

  it('leave chatAnswerTokens of the window free where the model does not say', async () => {
    const long = { a__long: { definition: READS, run: () => saying('. '.repeat(8_000)) } };
    const fitting = async (contextTokens: number) => {
      const model = scriptedModel(
        (turn) => (turn < 3 ? { calls: [{ name: 'a__long', input: { turn } }] } : { text: 'x' }),
        { contextTokens },
      );
      const world = chatWorld({ models: [model], tools: long });
      await world.proceed();
      return world.told('note').map(({ text }) => text);
    };
    assert.deepEqual(await fitting(3 * 4_500 + limits.chatAnswerTokens + 1_000), []);
    const [note = ''] = await fitting(3 * 4_500 + limits.chatAnswerTokens - 1_000);
    assert.match(note, /1 earlier results of tools were left out/);
    const longer = scriptedModel(
      (turn) => (turn < 2 ? { calls: [get(`c${turn}`)] } : { text: 'x' }),
      { contextTokens: 4_000 },
    );
    const world = chatWorld({ models: [longer], tools: weather });
    const text = '. '.repeat(9_000);
    const before = { parentId: null, parts: [{ type: 'text', text }], runId: 'r', createdAtMs: 0 };
    const message = { ...before, id: 'm', role: 'user' } as const;
    world.disk.messages.unshift(message as (typeof world.disk.messages)[number]);
    await world.proceed();
    assert.equal(longer.asked.length, 3);
    assert.deepEqual(
      world.told('note').map((one) => /1 earlier messages were left out/.test(one.text)),
      [true],
      'said once',
    );
  });

  it('end it by what the provider says of its own end, and make no half of a call', async () => {
    for (const [finish, reason] of [
      ['length', 'length'],
      ['content-filter', 'refused'],
    ] as const) {
      const model = script({ text: 'Well', calls: [get('Bern')], finish });
      const world = chatWorld({ models: [model], tools: weather });
      assert.deepEqual(await world.proceed(), { state: 'finished', reason });
      assert.equal(world.calls.length, 0);
      assert.deepEqual(world.disk.messages.at(-1)?.parts, [{ type: 'text', text: 'Well' }]);
    }
  });
});

describe('what a call may carry', () => {
  it('is chatArgumentBytesMax of arguments', async () => {
    const around = Buffer.byteLength(JSON.stringify({ city: '' }));
    for (const [more, ends] of [
      [0, ['ok']],
      [1, ['error']],
    ] as const) {
      const city = 'x'.repeat(limits.chatArgumentBytesMax - around + more);
      const world = chatWorld({
        models: [
          scriptedModel((turn) => (turn === 0 ? { calls: [get(city)] } : { text: 'Done.' })),
        ],
        tools: weather,
      });
      await world.proceed();
      assert.deepEqual(
        world.results().map(({ end }) => end),
        ends,
      );
      assert.equal(world.calls.length, more === 0 ? 1 : 0);
    }
  });

  it('waits once for calls that are the same, and each needs its own yes', async () => {
    const same = { name: 'mail__send', input: { to: 'bob' } };
    const world = chatWorld({
      models: [scriptedModel((turn) => (turn === 0 ? { calls: [same, same] } : { text: 'Done.' }))],
      tools: { mail__send: { run: () => saying('sent') } },
    });
    for (const made of [0, 1]) {
      const rest = await world.proceed();
      assert.ok(rest.state === 'waiting');
      assert.equal(rest.waits.length, 1);
      assert.equal(world.calls.length, made);
      const id = rest.waits[0]?.id ?? '';
      world.disk.answers.push({ id, kind: 'approval', isApproved: true });
    }
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(world.calls.length, 2);
  });
});
