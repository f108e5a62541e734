import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { openBareClient } from '../interop/open-answering-client.ts';
import {
  startChangingServer,
  toolNamed,
  type ChangingServer,
} from '../support/mcp-http/changing-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

// Put together here: whoever looks through the source for secrets must find none.
const TOKEN = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
const AWS_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ';
const CARD = '4111 1111 1111 1111';
const SECRET = 'a-secret-of-the-webhook';

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('guardrails of a running gateway', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let server: ChangingServer;
  let webhook: Server;
  let verdict: (asked: JsonObject) => unknown = () => ({ action: 'allow' });
  const asked: Asked[] = [];
  const webhookUrl = () => `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/guard`;
  const api = (method: string, path: string, body?: JsonObject) =>
    callApi(gateway, method, `/api/v1/guardrails${path}`, body);
  const only = async (...rules: readonly JsonObject[]): Promise<void> => {
    const { rules: known } = await api('GET', '');
    for (const { id } of known as readonly { id: string }[]) await api('DELETE', `/${id}`);
    for (const [index, rule] of rules.entries()) {
      await api('POST', '', { name: `rule ${index}`, rule, secret: SECRET });
    }
  };
  const call = async (text: string, era: 'modern' | 'legacy' = 'modern'): Promise<string> => {
    const endpoint = `${gateway.url}/mcp/echo`;
    const client = await openBareClient({ endpoint, apiKey: gateway.apiKey, era });
    try {
      const { content } = await client.callTool({ name: 'say', arguments: { text } });
      const [first] = content as readonly { text: string }[];
      return first?.text ?? '';
    } finally {
      await client.close();
    }
  };

  before(async () => {
    server = await startChangingServer([toolNamed('say')]);
    webhook = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        asked.push({ headers: request.headers, body });
        const answer = verdict(JSON.parse(body) as JsonObject);
        if (answer === undefined) return;
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    gateway = await startGateway();
    await callApi(gateway, 'POST', '/register-service', { slug: 'echo', url: server.url });
  });
  after(async () => {
    await gateway?.stop();
    webhook?.closeAllConnections();
    webhook?.close();
    await server?.[Symbol.asyncDispose]();
  });

  for (const era of ['modern', 'legacy'] as const) {
    test(`secrets in arguments never reach the service, for a ${era} client`, async () => {
      const rule = { where: 'arguments', detector: { kind: 'secrets' }, action: 'redact' };
      await only({ ...rule, tools: ['echo__*'] });
      const echoed = await call(`use ${TOKEN} please`, era);
      assert.doesNotMatch(echoed, /ghp_/);
      const sent = JSON.stringify(server.calls.at(-1));
      assert.match(sent, /use \[redacted:github_token\] please/);
      await only({ ...rule, action: 'block' });
      const calls = server.calls.length;
      const refusal = /refuses the arguments: it holds github_token/;
      await assert.rejects(call(`use ${TOKEN}`, era), refusal);
      assert.equal(server.calls.length, calls);
      await only({ ...rule, action: 'report' });
      assert.match(await call(`use ${TOKEN}`, era), /ghp_/);
      await only({ ...rule, action: 'block', tools: ['other__*'] });
      assert.match(await call(`use ${TOKEN}`, era), /ghp_/, 'another service is another matter');
    });

    test(`what large results hold is redacted before a ${era} client has any of it`, async () => {
      const results = { where: 'results', action: 'redact' };
      await only(
        { ...results, detector: { kind: 'secrets' } },
        { ...results, detector: { kind: 'pii', types: ['credit_card', 'email'] } },
      );
      // Large enough to be piped when nobody has to look at it.
      const filler = 'word '.repeat(60_000);
      server.answer = () => ({
        content: [{ type: 'text', text: `${filler} ${CARD} ada@example.com ${filler}` }],
        structuredContent: { aws_secret_access_key: AWS_SECRET, count: 3, card: 4111111111111111 },
      });
      const endpoint = `${gateway.url}/mcp/echo`;
      const client = await openBareClient({ endpoint, apiKey: gateway.apiKey, era });
      const result = await client.callTool({ name: 'say', arguments: {} });
      await client.close();
      const text = JSON.stringify(result);
      assert.ok(text.length > 500_000);
      assert.match(text, /\[redacted:credit_card\] \[redacted:email\]/);
      assert.deepEqual(result.structuredContent, {
        aws_secret_access_key: '[redacted:awssecretaccesskey]',
        count: 3,
        card: '[redacted:credit_card]',
      });
      await only({ ...results, action: 'block', detector: { kind: 'pii' } });
      await assert.rejects(call('x', era), /refuses the results: it holds email, credit_card/);
      server.answer = undefined;
    });
  }

  test('a webhook is asked with a signature, and what it says is done', async () => {
    const detector = { kind: 'webhook', url: webhookUrl(), timeoutMs: 500 };
    await only({ where: 'arguments', detector, action: 'redact' });
    assert.match(await call('fine'), /fine/);
    const { headers, body } = asked.at(-1) as Asked;
    const { content, tool, service } = JSON.parse(body) as Record<string, unknown>;
    assert.deepEqual([content, tool, service], [{ arguments: { text: 'fine' } }, 'say', 'echo']);
    const stamp = [headers['webhook-id'], headers['webhook-timestamp']].map(String);
    const signed = [...stamp, body].join('.');
    const expected = createHmac('sha256', SECRET).update(signed).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${expected}`);
    verdict = () => ({ action: 'replace', content: { arguments: { text: 'replaced' } } });
    assert.match(await call('this'), /replaced/);
    verdict = () => ({ action: 'block', reason: 'not on a Monday' });
    await assert.rejects(call('this'), /not on a Monday/);
    verdict = () => undefined;
    await assert.rejects(call('this'), /cannot inspect the call now/, 'it fails closed');
    verdict = () => ({ action: 'shrug' });
    await assert.rejects(call('this'), /cannot inspect the call now/);
    const open = { ...detector, onFailure: 'pass' };
    await only({ where: 'arguments', detector: open, action: 'redact' });
    assert.match(await call('this'), /this/);
    verdict = () => ({ action: 'allow' });
  });

  test('rules are checked, versioned and shown without their secrets', async () => {
    await only();
    const rule = { where: 'results', detector: { kind: 'secrets' }, action: 'redact' };
    const made = await api('POST', '', { name: 'one', rule, secret: SECRET });
    assert.deepEqual([made['hasSecret'], made['enabled'], made['rule']], [true, true, rule]);
    assert.ok(!JSON.stringify(made).includes(SECRET));
    await assert.rejects(api('POST', '', { name: 'one', rule }), /409/);
    const odd = { ...rule, detector: { kind: 'magic' } };
    await assert.rejects(api('POST', '', { name: 'two', rule: odd }), /400/);
    const id = String(made['id']);
    const off = await api('PATCH', `/${id}`, { enabled: false });
    assert.deepEqual([off['enabled'], off['version']], [false, 2]);
    assert.match(await call(TOKEN), /ghp_/, 'a rule that is off does nothing');
    await assert.rejects(
      callApi(gateway, 'GET', `/api/v1/approval-rules/${id}`),
      /404/,
      'a guardrail is no rule for approvals',
    );
    await api('DELETE', `/${id}`);
    await assert.rejects(api('GET', `/${id}`), /404/);
  });
});
