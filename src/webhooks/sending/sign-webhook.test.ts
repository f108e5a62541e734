import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { webhookHeaders, webhookSecret } from './sign-webhook.ts';

test('the example of the standard comes out as published', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const stamp = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', atMs: 1_614_265_330_000 };
  const headers = webhookHeaders('{"test": 2432232314}', stamp, [secret]);
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  assert.equal(headers['webhook-timestamp'], '1614265330');
  assert.equal(headers['webhook-id'], stamp.id);
});

test('each secret signs, the newest first; without one nothing does', () => {
  const stamp = { id: 'evt_1', atMs: 5_999 };
  const [one, other] = [webhookSecret(Buffer.from('one')), 'plain text'];
  const digest = (key: string) =>
    `v1,${createHmac('sha256', key).update('evt_1.5.{}').digest('base64')}`;
  const signature = webhookHeaders('{}', stamp, [one, other])['webhook-signature'];
  assert.equal(signature, `${digest('one')} ${digest('plain text')}`);
  assert.equal(webhookHeaders('{}', stamp, [])['webhook-signature'], undefined);
});
