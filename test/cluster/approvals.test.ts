import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { openBareClient } from '../interop/open-answering-client.ts';
import { decideApproval, waitingApprovals, type ControlPlace } from '../support/approvals-api.ts';
import { envelope, modernHeaders, post } from '../support/mcp-post.ts';
import {
  startChangingServer,
  toolNamed,
  type ChangingServer,
} from '../support/mcp-http/changing-server.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';
import { startInstance } from './support/instance.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

describe('a call on one gateway, approved on another', { skip, timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let server: ChangingServer;
  /** The administrator at each instance. */
  let one: ControlPlace;
  let other: ControlPlace;
  before(async () => {
    const { url: databaseUrl } = stack.use(await startPostgres(programs ?? ''));
    server = stack.use(await startChangingServer([toolNamed('send')]));
    // One of them hears of nothing, and has to look.
    const quiet = ['keys=database', 'database.notifications=false'];
    const first = stack.use(await startInstance({ databaseUrl, settings: quiet }));
    const settings = ['keys=database'];
    const second = stack.use(await startInstance({ databaseUrl, settings }));
    one = first;
    other = { url: second.url, apiKey: first.apiKey };
    await callApi(one, 'POST', '/register-service', { slug: 'mail', url: server.url });
    const rule = { tools: ['mail__send'], selfApproval: true, waitMs: 20_000 };
    await callApi(one, 'POST', '/api/v1/approval-rules', { name: 'ask', rule });
    await waitUntil(async () => {
      const { services } = await callApi(other, 'GET', '/api/v1/services');
      const { rules } = await callApi(other, 'GET', '/api/v1/approval-rules');
      return (
        (services as readonly unknown[]).length === 1 && (rules as readonly unknown[]).length === 1
      );
    });
  });
  after(() => stack.disposeAsync());

  const clientOf = ({ url, apiKey }: ControlPlace, era: 'modern' | 'legacy') =>
    openBareClient({ endpoint: `${url}/mcp/mail`, apiKey, era });
  const oneWaiting = async (place: ControlPlace): Promise<string> => {
    let id = '';
    await waitUntil(async () => {
      const [waiting] = await waitingApprovals(place);
      id = waiting?.id ?? '';
      return id !== '';
    });
    return id;
  };

  for (const era of ['modern', 'legacy'] as const) {
    test(`goes on where a ${era} client waits for it, once`, async () => {
      for (const [here, there] of [
        [one, other],
        [other, one],
      ] as const) {
        const client = await clientOf(here, era);
        const call = { name: 'send', arguments: { text: `${era} at ${here.url}` } };
        const calls = server.calls.length;
        const calling = client.callTool(call);
        const id = await oneWaiting(there);
        assert.equal(server.calls.length, calls, 'it waits');
        await decideApproval(there, id, 'approve');
        await calling;
        assert.deepEqual(server.calls.at(-1)?.['arguments'], call.arguments);
        assert.equal(server.calls.length, calls + 1);
        await assert.rejects(decideApproval(here, id, 'approve'), /409/);

        const again = client.callTool(call);
        const next = await oneWaiting(there);
        assert.notEqual(next, id, 'the same call again is asked for again');
        await decideApproval(there, next, 'deny');
        await assert.rejects(again, /was not approved/);
        assert.equal(server.calls.length, calls + 1);
        await client.close();
      }
    });
  }

  test('is made by one of two that wait for the same approval', async () => {
    const clients = await Promise.all([clientOf(one, 'modern'), clientOf(other, 'modern')]);
    const call = { name: 'send', arguments: { text: 'both' } };
    const calls = server.calls.length;
    const calling = Promise.allSettled(clients.map((client) => client.callTool(call)));
    const id = await oneWaiting(one);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await waitingApprovals(one)).length, 1, 'both wait for the same');
    await decideApproval(other, id, 'approve');
    const ends = (await calling).map((end) =>
      end.status === 'fulfilled' ? 'made' : String(end.reason),
    );
    assert.equal(ends.filter((end) => end === 'made').length, 1, ends.join('\n'));
    assert.match(ends.find((end) => end !== 'made') ?? '', /was used already/);
    assert.equal(server.calls.length, calls + 1);
    await Promise.all(clients.map((client) => client.close()));
  });

  test('is asked of its user on one, and made on the other with the answer, once', async () => {
    const send = (place: ControlPlace, params: JsonObject) => {
      const authorization = `Bearer ${place.apiKey}`;
      const headers = { ...modernHeaders('tools/call', 'send'), authorization };
      const _meta = envelope({ elicitation: { form: {} } });
      const all = { name: 'send', arguments: { text: 'asked' }, ...params, _meta };
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: all };
      return post(`${place.url}/mcp/mail`, body, headers);
    };
    const calls = server.calls.length;
    const asked = objectMember((await send(one, {})).body, 'result');
    const requestState = stringMember(asked, 'requestState') ?? '';
    const inputResponses = { approval: { action: 'accept', content: { approve: true } } };
    const answers = await Promise.all(
      [other, one, other].map((place) => send(place, { requestState, inputResponses })),
    );
    const made = answers.filter(({ body }) => objectMember(body, 'result') !== undefined);
    assert.equal(made.length, 1, JSON.stringify(answers.map(({ body }) => body)));
    assert.equal(server.calls.length, calls + 1);
  });
});

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 15_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < endMs, 'it does not come');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
