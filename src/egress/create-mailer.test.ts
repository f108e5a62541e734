import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startMailServer } from '../../test/support/start-mail-server.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { createMailer } from './create-mailer.ts';

const FROM = 'Gateway <gateway@mail.example>';
const mail = { to: 'ada@mail.example', subject: 'Grüße', text: 'Line one.\n.\nLine ünïcode\n' };

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? error.code : undefined;
}

describe('a mail', () => {
  test('reaches the server, and the connection is closed', async () => {
    await using server = await startMailServer();
    await createMailer({ url: server.url, from: FROM }).send(mail);
    const [taken] = await server.taken(1);
    assert.deepEqual([taken?.from, taken?.to], ['gateway@mail.example', ['ada@mail.example']]);
    assert.match(taken?.data ?? '', /^From: Gateway <gateway@mail\.example>$/m);
    assert.match(taken?.data ?? '', /^Subject: =\?UTF-8\?/m);
    while (server.open > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('goes to one address, whatever stands in it', async () => {
    await using server = await startMailServer();
    const mailer = createMailer({ url: server.url, from: FROM });
    const to = 'ada@mail.example\r\nBcc: eve@evil.example';
    await mailer.send({ ...mail, to }).catch(() => {});
    await mailer.send({ ...mail, subject: 'a\r\nBcc: eve@evil.example' });
    await mailer.send({ ...mail, to: 'ada@mail.example, eve@evil.example' }).catch(() => {});
    for (const taken of server.mails) {
      assert.equal(taken.to.length, 1);
      assert.ok(!taken.to.includes('eve@evil.example'), JSON.stringify(taken.to));
      assert.doesNotMatch(taken.data, /^Bcc:/m);
    }
  });

  test('that the server refuses, or that cannot reach it, fails', async () => {
    await using server = await startMailServer();
    server.answer = '550 no such sender';
    const mailer = createMailer({ url: server.url, from: FROM });
    assert.equal(await codeOf(mailer.send(mail)), 'upstream_failed');
    const nowhere = createMailer({ url: 'smtp://127.0.0.1:1', from: FROM });
    assert.equal(await codeOf(nowhere.send(mail)), 'upstream_failed');
  });

  test('is not sent in the clear where TLS is demanded', async () => {
    await using server = await startMailServer();
    for (const tlsMode of ['encrypt', 'verify'] as const) {
      const mailer = createMailer({ url: server.url, from: FROM, tlsMode });
      assert.equal(await codeOf(mailer.send(mail)), 'upstream_failed');
    }
    assert.deepEqual(server.mails, []);
  });

  test('waits mailMs for a mute server; mailsQueuedMax wait, one more is refused', async (t) => {
    await using server = await startMailServer();
    server.isMute = true;
    const mailer = createMailer({ url: server.url, from: FROM });
    const running = 2;
    const sent = Array.from({ length: running + limits.mailsQueuedMax }, () => mailer.send(mail));
    const ends = Promise.allSettled(sent);
    assert.equal(await codeOf(mailer.send(mail)), 'too_many');
    assert.ok(limits.mailMs <= 30_000, 'nobody waits for long');
    t.after(() => ends);
    await server[Symbol.asyncDispose]();
    const outcomes = await ends;
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  });
});
