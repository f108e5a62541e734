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
import type { JsonObject } from '../../kernel/json.ts';
import type { RunAnswer } from './agent-engine.ts';

const script = (...answers: readonly ScriptedAnswer[]) =>
  scriptedModel((turn) => answers[turn] ?? { text: 'Done.' });
const calling = (...names: readonly string[]): ScriptedAnswer => ({
  calls: names.map((name, n) => ({ name, input: { n } })),
});

/** A tool that asks for these and answers with what it got. */
function asking(
  inputRequests: Readonly<Record<string, JsonObject>>,
): NonNullable<WorldOptions['tools']> {
  return {
    a__ask: {
      definition: READS,
      run: ({ inputResponses, requestState }) => {
        if (inputResponses === undefined) {
          return { resultType: 'input_required', inputRequests, requestState: 'sealed' };
        }
        return saying(JSON.stringify({ inputResponses, requestState }));
      },
    },
  };
}
const form = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };
const who: JsonObject = { method: 'elicitation/create', params: form };

describe('what services ask in the middle of a call', () => {
  it('waits for the user, survives a restart, and goes on with the same call', async () => {
    const world = chatWorld({
      models: [script(calling('a__ask'))],
      tools: asking({ who, what: who }),
    });
    const rest = await world.proceed();
    assert.equal(rest.state, 'waiting');
    const waits = rest.state === 'waiting' ? rest.waits : [];
    assert.deepEqual(
      waits.map(({ kind, message, schema }) => [kind, message, schema]),
      Array.from({ length: 2 }, () => ['question', 'Who?', form.requestedSchema]),
    );
    world.restart();
    const say = (at: number, name: string): RunAnswer => {
      const response = { action: 'accept', content: { name } };
      return { id: waits[at]?.id ?? '', kind: 'question', response };
    };
    world.disk.answers.push(say(1, 'B'), { ...say(0, 'no'), id: 'other.who' });
    const second = await world.proceed();
    assert.deepEqual(second.state === 'waiting' && second.waits, [waits[0]]);
    assert.equal(world.calls.length, 1);
    world.restart();
    world.disk.answers.push(say(0, 'A'));
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(world.calls.length, 2);
    const { inputResponses, requestState } = world.calls[1]?.params ?? {};
    assert.equal(requestState, 'sealed');
    assert.deepEqual(inputResponses, {
      who: { action: 'accept', content: { name: 'A' } },
      what: { action: 'accept', content: { name: 'B' } },
    });
    assert.ok(world.told('resumed').length > 0);
    assert.equal(world.told('waiting').length, 2);
  });

  it('shows a link in URL mode, of a web page alone', async () => {
    const linking = (url: string): JsonObject => {
      return { method: 'elicitation/create', params: { mode: 'url', message: 'Go.', url } };
    };
    const tools = asking({ go: linking('https://x.test/') });
    const world = chatWorld({ models: [script(calling('a__ask'))], tools });
    const rest = await world.proceed();
    assert.equal(rest.state === 'waiting' && rest.waits[0]?.url, 'https://x.test/');
    const bad = chatWorld({
      models: [script(calling('a__ask'))],
      tools: asking({ go: linking('javascript:alert(1)') }),
    });
    assert.equal((await bad.proceed()).state, 'finished');
    assert.match(JSON.stringify(bad.results()), /no web page/);
  });

  it('is written by the model where a service wants a text, and there are no roots', async () => {
    const sampling: JsonObject = {
      method: 'sampling/createMessage',
      params: {
        systemPrompt: 'Be short.',
        messages: [{ role: 'user', content: { type: 'text', text: 'A rhyme?' } }],
        maxTokens: 50_000,
      },
    };
    const model = scriptedModel((turn, { prompt }) => {
      if (JSON.stringify(prompt).includes('A rhyme?')) return { text: 'Sky, fly.' };
      return turn === 0 ? calling('a__ask') : { text: 'Done.' };
    });
    const tools = asking({ text: sampling, roots: { method: 'roots/list' } });
    const world = chatWorld({ models: [model], tools });
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.deepEqual(world.calls[1]?.params['inputResponses'], {
      text: {
        role: 'assistant',
        content: { type: 'text', text: 'Sky, fly.' },
        model: 'test/scripted',
        stopReason: 'endTurn',
      },
      roots: { roots: [] },
    });
    assert.equal(model.asked[1]?.maxOutputTokens, limits.chatSamplingTokensMax);
    assert.equal(model.asked[1]?.tools, undefined);
    assert.equal(world.text(), 'Done.');
    assert.match(world.told('note')[0]?.text ?? '', /service a had the model write 5 tokens/);
    assert.equal(world.told('step').length, 3);
    assert.equal(world.usage.length, 3);
  });

  it('has the model write chatSamplingsPerRunMax times at most, within costMax', async () => {
    const max = limits.chatSamplingsPerRunMax;
    const wanting = (count: number): Record<string, JsonObject> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
          `s${n}`,
          {
            method: 'sampling/createMessage',
            params: { messages: [{ role: 'user', content: { type: 'text', text: `rhyme ${n}` } }] },
          },
        ]),
      );
    const modelOf = () =>
      scriptedModel(
        (turn, { prompt }) => {
          if (JSON.stringify(prompt).includes('rhyme')) return { text: 'Sky.' };
          return turn === 0 ? calling('a__ask') : { text: 'Done.' };
        },
        {},
        () => ({ nano: 1n, currency: 'USD' }),
      );
    const world = chatWorld({ models: [modelOf()], tools: asking(wanting(max)) });
    await world.proceed();
    assert.equal(world.results()[0]?.end, 'ok');
    const more = chatWorld({ models: [modelOf()], tools: asking(wanting(max + 1)) });
    await more.proceed();
    assert.match(JSON.stringify(more.results()[0]), /too often/);
    const costMax = { nano: 3n, currency: 'USD' };
    const dear = chatWorld({ models: [modelOf()], tools: asking(wanting(5)), limits: { costMax } });
    assert.deepEqual(await dear.proceed(), { state: 'finished', reason: 'cost' });
    assert.equal(dear.results()[0]?.end, 'interrupted');
    assert.equal(dear.usage.length, 3);
  });
});

describe('approvals', () => {
  const write: NonNullable<WorldOptions['tools']> = {
    a__write: { run: ({ arguments: given }) => saying(JSON.stringify(given)) },
    b__read: { definition: READS, run: () => saying('page') },
  };
  const approve = (id: string, isApproved: boolean): RunAnswer => {
    return { id, kind: 'approval', isApproved };
  };
  const waitIds = (rest: Awaited<ReturnType<ReturnType<typeof chatWorld>['proceed']>>) =>
    rest.state === 'waiting' ? rest.waits.map(({ id }) => id) : [];

  it('are rows that outlive the process and are used once', async () => {
    const world = chatWorld({ models: [script(calling('a__write', 'b__read'))], tools: write });
    const [id = ''] = waitIds(await world.proceed());
    assert.equal(world.calls.length, 1, 'what needs nobody runs meanwhile');
    assert.match(world.told('waiting')[0]?.waits[0]?.message ?? '', /"write" of a with/);
    world.restart();
    assert.deepEqual(waitIds(await world.proceed()), [id]);
    world.disk.answers.push(approve(id, true));
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(world.calls.length, 2);
    assert.equal(world.approvals.kept.get(id)?.state, 'used');
    assert.equal(world.approvals.kept.get(id)?.actor, 'chat:chr_1');
  });

  it('that are denied, here or in the inbox, are told to the model as such', async () => {
    for (const isInbox of [false, true]) {
      const world = chatWorld({ models: [script(calling('a__write'))], tools: write });
      const [id = ''] = waitIds(await world.proceed());
      if (isInbox) await world.desk.decide(world.principal, id, false, null);
      else world.disk.answers.push(approve(id, false));
      assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
      assert.equal(world.results()[0]?.end, 'denied');
      assert.equal(world.calls.length, 0);
    }
    const inbox = chatWorld({ models: [script(calling('a__write'))], tools: write });
    const [id = ''] = waitIds(await inbox.proceed());
    await inbox.desk.decide(inbox.principal, id, true, null);
    assert.deepEqual(await inbox.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(inbox.calls.length, 1);
  });

  it("do nothing when they are forged, another call's, or of another definition", async () => {
    const world = chatWorld({ models: [script(calling('a__write'))], tools: write });
    const [id = ''] = waitIds(await world.proceed());
    world.disk.answers.push(approve('apr_forged', true));
    assert.deepEqual(waitIds(await world.proceed()), [id]);
    // A journal that names another call's approval: its binding is not this call's.
    const [[callId, state] = ['', undefined]] = world.disk.calls;
    assert.ok(state?.state === 'waiting');
    const other = await world.desk.request({
      principal: world.principal,
      binding: 'another call',
      rule: { id: 'x', name: 'x', rule: {}, sealedSecret: null, concerns: () => true },
      serviceId: 'svc_a',
      serviceSlug: 'a',
      tool: 'write',
      arguments: { n: 0 },
    });
    await world.desk.answer(world.principal.tenant, other.id, true);
    world.disk.calls.set(callId, {
      state: 'waiting',
      waits: state.waits.map((wait) => ({ ...wait, id: other.id })),
    });
    assert.deepEqual(waitIds(await world.proceed()), [id]);
    assert.equal(world.calls.length, 0);
    // The tool changed: what was approved is not what would be called.
    world.disk.answers.push(approve(id, true));
    const target = world.targets.get('a__write');
    const changed = { ...target?.definition, description: 'Something else.' };
    const { live } = target ?? {};
    assert.ok(live);
    (live.listing.tools as JsonObject[])[0] = changed;
    const [again = ''] = waitIds(await world.proceed());
    assert.notEqual(again, id);
    assert.equal(world.calls.length, 0);
  });

  it('of two calls that are the same need two words', async () => {
    const twice = { calls: [0, 1].map(() => ({ name: 'a__write', input: { n: 0 } })) };
    const world = chatWorld({ models: [script(twice)], tools: write });
    const [id = ''] = waitIds(await world.proceed());
    world.disk.answers.push(approve(id, true));
    const [next = ''] = waitIds(await world.proceed());
    assert.equal(world.calls.length, 1);
    assert.notEqual(next, id);
    world.disk.answers.push(approve(next, true));
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(world.calls.length, 2);
  });

  it('are not asked for what is allowed for good, unless another service was read', async () => {
    const world = chatWorld({ models: [script(calling('a__write'))], tools: write });
    world.disk.allowed.add('a__write');
    assert.deepEqual(await world.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(world.calls.length, 1);
    for (const trusted of [[], ['b']]) {
      const models = [script(calling('b__read'), calling('a__write'))];
      const tainted = chatWorld({ models, tools: write, trusted });
      tainted.disk.allowed.add('a__write');
      const rest = await tainted.proceed();
      assert.equal(rest.state, trusted.length === 0 ? 'waiting' : 'finished');
    }
  });

  it('follow the rules of an administrator in both directions', async () => {
    const nobody = chatWorld({
      models: [script(calling('a__write'))],
      tools: write,
      rules: [{ ask: 'nobody' }],
    });
    assert.deepEqual(await nobody.proceed(), { state: 'finished', reason: 'done' });
    const others = chatWorld({
      models: [script(calling('b__read'))],
      tools: write,
      rules: [{ ask: 'approvers' }],
    });
    const [id = ''] = waitIds(await others.proceed());
    others.disk.answers.push(approve(id, true));
    assert.deepEqual(waitIds(await others.proceed()), [id], "the user's own word is not enough");
    const own = others.desk.decide(others.principal, id, true, null);
    await assert.rejects(own, { code: 'forbidden' });
    await others.desk.answer(others.principal.tenant, id, true);
    assert.deepEqual(await others.proceed(), { state: 'finished', reason: 'done' });
    assert.equal(others.approvals.kept.get(id)?.state, 'approved', 'the spine uses it');
  });
});
