import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { callApi } from '../../examples/quickstart/call-api.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { GatewayProcess } from '../chaos/support/gateway-process.ts';
import { startGateway } from '../support/start-gateway.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Answer, type Received } from './receiver.ts';

type IsGenuine = (
  headers: Received['headers'],
  body: string,
  secret: string,
  nowSeconds?: number,
) => boolean;

/** The code that the guide gives to its readers. */
async function guideCode(): Promise<IsGenuine> {
  const guide = readFileSync(new URL('../../docs/guide/webhooks.md', import.meta.url), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  return ((await import(url)) as { readonly isGenuine: IsGenuine }).isGenuine;
}

interface Reached {
  readonly url: string;
  readonly apiKey: string;
}

async function subscribe(
  gateway: Reached,
  url: string,
): Promise<{ readonly id: string; readonly secret: string }> {
  const made = await callApi(gateway, 'POST', '/api/v1/webhooks', { url, topics: ['*'] });
  return { id: String(made['id']), secret: String(made['secret']) };
}

const send = async (gateway: Reached, id: string): Promise<string> =>
  String((await callApi(gateway, 'POST', `/api/v1/webhooks/${id}/test`))['eventId']);

async function deliveriesOf(gateway: Reached, id: string): Promise<readonly JsonObject[]> {
  const path = `/api/v1/webhooks/${id}/deliveries`;
  const { deliveries } = await callApi(gateway, 'GET', path);
  return deliveries as readonly JsonObject[];
}

const idsOf = (received: readonly Received[]) =>
  received.map(({ headers }) => headers['webhook-id']);

describe('webhooks of a running gateway', { timeout: 120_000 }, () => {
  test('messages are signed as the guide says, under both secrets for a while', async () => {
    await using receiver = await startReceiver();
    const gateway = await startGateway();
    try {
      const isGenuine = await guideCode();
      const { id, secret } = await subscribe(gateway, `${receiver.url}/hook`);
      const eventId = await send(gateway, id);
      await until(() => receiver.received.length === 1);
      const [{ headers, body }] = receiver.received as [Received];
      assert.equal(headers['webhook-id'], eventId);
      assert.equal((JSON.parse(body) as JsonObject)['type'], 'webhook.test');
      assert.ok(isGenuine(headers, body, secret));
      assert.ok(!isGenuine(headers, `${body} `, secret));
      assert.ok(!isGenuine({ ...headers, 'webhook-id': 'evt_other' }, body, secret));
      assert.ok(!isGenuine(headers, body, secret, Date.now() / 1000 + 301));
      const path = `/api/v1/webhooks/${id}`;
      const rotated = await callApi(gateway, 'POST', `${path}/rotate-secret`, {});
      await send(gateway, id);
      await until(() => receiver.received.length === 2);
      const second = receiver.received[1] as Received;
      for (const one of [secret, String(rotated['secret'])]) {
        assert.ok(isGenuine(second.headers, second.body, one));
      }
      await callApi(gateway, 'POST', `${path}/rotate-secret`, { overlapHours: 0 });
      await send(gateway, id);
      await until(() => receiver.received.length === 3);
      const third = receiver.received[2] as Received;
      assert.ok(!isGenuine(third.headers, third.body, String(rotated['secret'])));
      assert.doesNotMatch(JSON.stringify(await callApi(gateway, 'GET', path)), /whsec_/);
    } finally {
      await gateway.stop();
    }
  });

  test('who answers 500, hangs or breaks off is sent the same again, others at once', async () => {
    const again =
      (first: (response: ServerResponse) => void): Answer =>
      (response, count) =>
        count === 1 ? first(response) : void response.writeHead(200).end('thanks');
    await using receiver = await startReceiver({
      '/refuses': again((response) => void response.writeHead(500).end()),
      '/hangs': again(() => {}),
      '/breaks': again((response) => void response.socket?.destroy()),
      '/redirects': (response) => void response.writeHead(302, { location: '/well' }).end(),
    });
    const gateway = await startGateway();
    try {
      const sick = ['/refuses', '/hangs', '/breaks'];
      const hooks = new Map<string, string>();
      for (const path of [...sick, '/redirects', '/well']) {
        hooks.set(path, (await subscribe(gateway, `${receiver.url}${path}`)).id);
      }
      for (const path of hooks.keys()) await send(gateway, hooks.get(path) ?? '');
      const startMs = performance.now();
      await until(() => receiver.on('/well').length === 1);
      assert.ok(performance.now() - startMs < 5_000, 'who hangs delays nobody');
      await until(() => sick.every((path) => receiver.on(path).length === 2));
      for (const path of sick) {
        assert.equal(new Set(idsOf(receiver.on(path))).size, 1, path);
        await until(() => receiver.on(path).length === 2);
      }
      assert.equal(receiver.on('/well').length, 1, 'redirects are not followed');
      await wait(1_500);
      for (const [path, id] of hooks) {
        const [delivery] = await deliveriesOf(gateway, id);
        if (path === '/redirects')
          assert.match(JSON.stringify(delivery?.['lastProblem']), /status 302/);
        else assert.equal(delivery?.['state'], 'delivered', path);
      }
      const well = hooks.get('/well') ?? '';
      const replay = `/api/v1/webhooks/${well}/replay`;
      const replayed = await callApi(gateway, 'POST', replay, { sinceMs: 0 });
      assert.deepEqual(replayed, { replayed: 1, hasMore: false });
      await until(() => receiver.on('/well').length === 2);
      assert.equal(new Set(idsOf(receiver.on('/well'))).size, 1);
    } finally {
      await gateway.stop();
    }
  });

  test('addresses that services may not have are refused', async () => {
    const gateway = await startGateway({ flags: ['--set', 'egress.allowLoopback=false'] });
    try {
      const { id } = await subscribe(gateway, 'http://169.254.169.254/latest/meta-data');
      await send(gateway, id);
      for (let looks = 0; looks < 100; looks++) {
        const [delivery] = await deliveriesOf(gateway, id);
        if (delivery?.['lastProblem'] === null) {
          await wait(100);
          continue;
        }
        assert.match(JSON.stringify(delivery?.['lastProblem']), /^"egress_denied/);
        return;
      }
      assert.fail('it was never tried');
    } finally {
      await gateway.stop();
    }
  });

  test('kill -9 between an answer and its note: the same message comes again', async () => {
    const held = new Set<() => void>();
    await using receiver = await startReceiver({
      '/hook': (response, count) => {
        const answer = (): void => void response.writeHead(200).end();
        if (count === 1) held.add(answer);
        else answer();
      },
    });
    await using gateway = await GatewayProcess.start();
    const { id } = await subscribe(gateway, `${receiver.url}/hook`);
    const eventId = await send(gateway, id);
    await until(() => receiver.received.length === 1);
    // The receiver has taken it; the gateway dies before it can know.
    await gateway.kill();
    for (const answer of held) answer();
    await gateway.start();
    await until(() => receiver.received.length === 2);
    assert.deepEqual(idsOf(receiver.received), [eventId, eventId]);
    const kept = async (): Promise<unknown> => (await deliveriesOf(gateway, id))[0]?.['state'];
    for (let looks = 0; looks < 50 && (await kept()) !== 'delivered'; looks++) await wait(100);
    assert.equal(await kept(), 'delivered');
    await wait(2_500);
    assert.equal(receiver.received.length, 2, 'what is noted is not sent again');
  });
});
