import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EgressRequest, EgressResponse } from '../../kernel/egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { sendDelivery } from './send-delivery.ts';

const place = { tenant: tenantId('ten_a'), endpointId: 'wep_1' };
const delivery = { eventId: 'evt_1', attempts: 0, body: '{}', url: 'https://r/' };

async function send(
  answer: (request: EgressRequest) => EgressResponse,
  previousUntilMs: number | null = null,
) {
  const sent: EgressRequest[] = [];
  const egress = {
    request: (request: EgressRequest) => {
      sent.push(request);
      return Promise.resolve().then(() => answer(request));
    },
  };
  const read = ({ name }: { name: string }) => Promise.resolve(`secret ${name}`);
  const context = { egress, vault: { read }, now: () => 10_000 };
  const result = await sendDelivery(context, place, { ...delivery, previousUntilMs });
  return { result, sent: sent[0] as EgressRequest };
}

const respond = (status: number) => () =>
  ({ status, headers: {}, discard: () => {} }) as unknown as EgressResponse;

test('a try is bounded in time, and signed under one secret or two', async () => {
  const { result, sent } = await send(respond(299));
  assert.equal(result.isDelivered, true);
  assert.equal(sent.headersTimeoutMs, limits.webhookSendMs);
  const signatures = (one: EgressRequest) => one.headers['webhook-signature']?.split(' ').length;
  assert.equal(signatures(sent), 1);
  assert.equal(signatures((await send(respond(200), 10_001)).sent), 2);
  assert.equal(signatures((await send(respond(200), 10_000)).sent), 1);
});

test('what is no success says why, at no great length', async () => {
  assert.match((await send(respond(300))).result.problem ?? '', /status 300/);
  const fail = (characters: number) => () => {
    throw new GatewayError('upstream_failed', 'x'.repeat(characters));
  };
  const own = 'upstream_failed: '.length;
  const most = limits.webhookProblemCharactersMax;
  for (const [characters, kept] of [
    [most - own, most],
    [most - own + 1, most],
  ] as const) {
    const { problem, status } = (await send(fail(characters))).result;
    assert.equal(problem?.length, kept);
    assert.equal(status, null);
  }
  const unknown = (): never => {
    throw new Error('a secret of the inside');
  };
  assert.equal((await send(unknown)).result.problem, 'It could not be sent.');
});
