import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { openAnsweringClient, openBareClient } from '../interop/open-answering-client.ts';
import { decideApproval, waitingApprovals } from '../support/approvals-api.ts';
import { envelope, modernHeaders, post, type McpAnswer } from '../support/mcp-post.ts';
import {
  startChangingServer,
  toolNamed,
  type ChangingServer,
} from '../support/mcp-http/changing-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const ELICITS = { elicitation: { form: {} } };

describe('calls that somebody has to approve', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let server: ChangingServer;
  const rules = (method: string, path: string, body?: JsonObject) =>
    callApi(gateway, method, `/api/v1/approval-rules${path}`, body);
  const rule = async (rule: JsonObject): Promise<void> => {
    const { rules: known } = await rules('GET', '');
    for (const { id } of known as readonly { id: string }[]) await rules('DELETE', `/${id}`);
    await rules('POST', '', { name: 'ask', rule });
  };
  const place = (era: 'modern' | 'legacy') => ({
    endpoint: `${gateway.url}/mcp/mail`,
    apiKey: gateway.apiKey,
    era,
  });
  /** Calls by hand, to send again what a client would not. */
  const send = (params: JsonObject, capabilities: JsonObject = ELICITS): Promise<McpAnswer> => {
    const headers = {
      ...modernHeaders('tools/call', 'send'),
      authorization: `Bearer ${gateway.apiKey}`,
    };
    const all = { name: 'send', ...params, _meta: envelope(capabilities) };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: all };
    return post(place('modern').endpoint, body, headers);
  };
  const stateOf = ({ body }: McpAnswer) =>
    stringMember(objectMember(body, 'result') ?? {}, 'requestState') ?? '';
  const errorOf = ({ body }: McpAnswer) => objectMember(body, 'error') ?? {};
  const yes = { approval: { action: 'accept', content: { approve: true } } };

  before(async () => {
    server = await startChangingServer([
      toolNamed('send'),
      toolNamed('look', { annotations: { readOnlyHint: true } }),
    ]);
    gateway = await startGateway();
    await callApi(gateway, 'POST', '/register-service', { slug: 'mail', url: server.url });
  });
  after(async () => {
    await gateway?.stop();
    await server?.[Symbol.asyncDispose]();
  });

  for (const era of ['modern', 'legacy'] as const) {
    test(`the user of a ${era} client is asked, and its answer holds for one call`, async () => {
      await rule({ tools: ['mail__*'], annotations: 'not-read-only' });
      const { client, user } = await openAnsweringClient(place(era));
      const call = { name: 'send', arguments: { text: `hello ${era}` } };
      const calls = server.calls.length;
      user.answer = { action: 'accept', content: { approve: true } };
      await client.callTool(call);
      assert.equal(user.asked.length, 1);
      assert.match(String(user.asked[0]?.message), /"send" of mail with \{"text":"hello /);
      assert.equal(server.calls.length, calls + 1);
      assert.deepEqual(Object.keys(server.calls.at(-1) ?? {}).toSorted(), [
        '_meta',
        'arguments',
        'name',
      ]);
      await client.callTool(call);
      assert.equal(user.asked.length, 2, 'the same call again is asked for again');
      await client.callTool({ name: 'look', arguments: {} });
      assert.equal(user.asked.length, 2, 'what only reads is not asked for');
      for (const answer of [
        { action: 'accept', content: { approve: false } },
        { action: 'decline' },
      ] as const) {
        user.answer = answer;
        const refused = { name: 'send', arguments: { text: answer.action + era } };
        await assert.rejects(client.callTool(refused), /was not approved/);
      }
      assert.equal(server.calls.length, calls + 3);
      await client.close();
    });

    test(`approvers are asked for a ${era} client without elicitation`, async () => {
      await rule({ waitMs: 0, selfApproval: true, tools: ['mail__send'] });
      const client = await openBareClient(place(era));
      const call = { name: 'send', arguments: { text: `from ${era}` } };
      await assert.rejects(client.callTool(call), /needs the approval apr_/);
      const [waiting] = await waitingApprovals(gateway);
      assert.deepEqual([waiting?.tool, waiting?.arguments], ['send', call.arguments]);
      await assert.rejects(client.callTool(call), new RegExp(waiting?.id ?? ''));
      await decideApproval(gateway, waiting?.id ?? '', 'approve');
      await client.callTool(call);
      await assert.rejects(client.callTool(call), /needs the approval/, 'it was used up');
      const [next] = await waitingApprovals(gateway);
      await decideApproval(gateway, next?.id ?? '', 'deny');
      await assert.rejects(client.callTool(call), /was not approved/);
      await assert.rejects(decideApproval(gateway, next?.id ?? '', 'approve'), /409/);
      await client.close();
    });
  }

  test('a call waits for its approval as long as its rule says', async () => {
    await rule({ waitMs: 20_000, selfApproval: true, ask: 'approvers' });
    const client = await openBareClient(place('modern'));
    const calling = client.callTool({ name: 'send', arguments: { text: 'patient' } });
    let waiting: readonly { id: string }[] = [];
    while (waiting.length === 0) waiting = await waitingApprovals(gateway);
    await decideApproval(gateway, waiting[0]?.id ?? '', 'approve');
    await calling;
    assert.deepEqual(server.calls.at(-1)?.['arguments'], { text: 'patient' });
    await client.close();
  });

  test('changed arguments, a changed tool and a replay are refused', async () => {
    await rule({ tools: ['mail__send'] });
    const calls = server.calls.length;
    const asked = await send({ arguments: { text: 'one' } });
    const requestState = stateOf(asked);
    const changed = await send({ arguments: { text: 'two' }, requestState, inputResponses: yes });
    assert.equal(errorOf(changed)['code'], -32602);
    const good = { arguments: { text: 'one' }, requestState, inputResponses: yes };
    const both = await Promise.all([send(good), send(good)]);
    const done = both.filter(({ body }) => objectMember(body, 'result') !== undefined);
    assert.equal(done.length, 1, JSON.stringify(both.map(({ body }) => body)));
    const replay = await send(good);
    assert.equal(errorOf(replay)['code'], 4033);
    assert.equal(server.calls.length, calls + 1);

    const again = await send({ arguments: { text: 'three' } });
    server.tools = [toolNamed('send', { description: 'Other.' })];
    await callApi(gateway, 'POST', '/services/mail/refresh');
    const other = { arguments: { text: 'three' }, inputResponses: yes };
    const stale = await send({ ...other, requestState: stateOf(again) });
    assert.equal(errorOf(stale)['code'], -32602, 'another definition is another tool');
    const later = await send({ arguments: { text: 'four' } });
    const unanswered = await send({ arguments: { text: 'four' }, requestState: stateOf(later) });
    assert.notEqual(stateOf(unanswered), '', 'no answer is no approval');
    assert.equal(server.calls.length, calls + 1);
  });

  test("the service's own question follows the approval, and each round counts once", async () => {
    await rule({ tools: ['mail__send'] });
    server.answer = (params) =>
      params['inputResponses'] === undefined
        ? {
            resultType: 'input_required',
            inputRequests: { who: { method: 'elicitation/create', params: { message: 'Who?' } } },
            requestState: 's',
          }
        : { content: [{ type: 'text', text: 'sent' }] };
    const call = { arguments: { text: 'rounds' } };
    const first = await send(call);
    const second = await send({ ...call, requestState: stateOf(first), inputResponses: yes });
    assert.ok('who' in (objectMember(objectMember(second.body, 'result'), 'inputRequests') ?? {}));
    const inputResponses = { who: { action: 'accept', content: {} } };
    const last = { ...call, requestState: stateOf(second), inputResponses };
    assert.ok(objectMember((await send(last)).body, 'result') !== undefined);
    assert.equal(errorOf(await send(last))['code'], -32602, 'a round is not replayed');
    server.answer = undefined;
  });

  test('nobody approves their own call unless the rule lets them', async () => {
    await rule({ waitMs: 0, ask: 'approvers' });
    const answer = await send({ arguments: { text: 'mine' } });
    assert.equal(errorOf(answer)['code'], 4032);
    const data = objectMember(errorOf(answer), 'data');
    const id = stringMember(data ?? {}, 'approvalId') ?? '';
    await assert.rejects(decideApproval(gateway, id, 'approve'), /403.*your own/);
    await decideApproval(gateway, id, 'deny');
    assert.equal(errorOf(await send({ arguments: { text: 'mine' } }))['code'], 4033);
  });
});
