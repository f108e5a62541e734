import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { startMailServer, type MailServer } from '../support/start-mail-server.ts';

/** A whole gateway with a mail server, as people meet it. */
describe('a gateway that people sign in to', () => {
  let gateway: RunningGateway;
  let mail: MailServer;
  before(async () => {
    mail = await startMailServer();
    const flags = ['--set', `mail.url=${mail.url}`, '--set', 'mail.from=gateway@mail.example'];
    gateway = await startGateway({ flags });
  });
  after(async () => {
    await gateway?.stop();
    await mail?.[Symbol.asyncDispose]();
  });

  const send = (method: string, path: string, headers: Record<string, string>, body?: object) =>
    fetch(`${gateway.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async (response: Promise<Response>): Promise<Record<string, string>> =>
    (await (await response).json()) as Record<string, string>;
  const signIn = (login: string, password: string) =>
    send('POST', '/auth/authenticate', {}, { login, password });
  const listTools = (headers: Record<string, string>) =>
    send(
      'POST',
      '/mcp',
      { accept: 'application/json, text/event-stream', ...headers },
      { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} },
    );

  test('the first administrator gets a token that opens both planes', async () => {
    const tokens = await json(signIn('admin', gateway.password));
    const headers = { authorization: `Bearer ${tokens['accessToken']}` };
    assert.equal((await send('GET', '/api/v1/services', headers)).status, 200);
    assert.notEqual((await listTools(headers)).status, 401);
    assert.equal((await listTools({ authorization: 'Bearer eyJ.made.up' })).status, 401);
    const { refreshToken = '' } = tokens;
    assert.equal((await send('POST', '/auth/logout', {}, { refreshToken })).status, 204);
    assert.equal((await send('GET', '/api/v1/services', headers)).status, 401);
    assert.equal((await listTools(headers)).status, 401);
  });

  test('a cookie opens the control plane and never the data plane', async () => {
    const began = await send(
      'POST',
      '/auth/sessions',
      {},
      {
        login: 'admin',
        password: gateway.password,
      },
    );
    assert.equal(began.status, 201);
    const [cookie = ''] = (began.headers.get('set-cookie') ?? '').split(';');
    assert.equal((await send('GET', '/api/v1/services', { cookie })).status, 200);
    assert.equal((await listTools({ cookie })).status, 401);
    assert.equal((await send('POST', '/api/v1/keys', { cookie }, { name: 'x' })).status, 403);
    const { csrfToken = '' } = (await began.json()) as Record<string, string>;
    const own = { cookie, 'x-csrf-token': csrfToken };
    assert.equal((await send('POST', '/api/v1/keys', own, { name: 'x' })).status, 201);
  });

  test('an invited person gets a mail, an account, and a new password by mail', async () => {
    const admin = { 'x-api-key': gateway.apiKey };
    const body = { email: 'ada@mail.example', roles: ['developer'] };
    assert.equal((await send('POST', '/api/v1/invitations', admin, body)).status, 201);
    const [invitation] = await mail.taken(1);
    assert.deepEqual(invitation?.to, ['ada@mail.example']);
    const token = linkIn(invitation?.data ?? '', 'invitation');
    const password = 'a long first password';
    const newcomer = { token, login: 'ada', name: 'Ada', password };
    assert.equal((await send('POST', '/auth/invitations/accept', {}, newcomer)).status, 201);
    assert.equal((await signIn('ada@mail.example', password)).status, 200);
    const asked = await send('POST', '/auth/password/forgotten', {}, { login: 'ada' });
    assert.equal(asked.status, 202);
    const reset = linkIn((await mail.taken(2))[1]?.data ?? '', 'reset');
    const changed = { token: reset, password: 'a long second password' };
    assert.equal((await send('POST', '/auth/password/reset', {}, changed)).status, 204);
    assert.equal((await signIn('ada', password)).status, 401);
    assert.equal((await signIn('ada', changed.password)).status, 200);
    assert.ok(!gateway.stderr().includes(token) && !gateway.stderr().includes(reset));
  });
});

/** The secret of the link in a mail, whose lines the mail's encoding may have broken. */
function linkIn(data: string, name: string): string {
  const text = data.replaceAll('=\r\n', '').replaceAll('=3D', '=');
  return new RegExp(`#${name}=(\\w{43})`).exec(text)?.[1] ?? assert.fail(text);
}
