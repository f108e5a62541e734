import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { checkNewPassword } from './check-new-password.ts';
import { createPasswords, isOutdated } from './passwords.ts';

describe('passwords', () => {
  const passwords = createPasswords();

  test('are hashed by argon2id with a salt of their own, and found again', async () => {
    const [one, other] = [await passwords.hash('a password'), await passwords.hash('a password')];
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(one, other);
    assert.equal(await passwords.verify(one, 'a password'), true);
    assert.equal(await passwords.verify(one, 'a passwore'), false);
    assert.equal(isOutdated(one), false);
  });

  test('are the same however their letters were put together', async () => {
    const hash = await passwords.hash('Pa\u0308sswort\u0301');
    assert.equal(await passwords.verify(hash, 'P\u00e4sswor\u0165'), false);
    assert.equal(await passwords.verify(hash, 'P\u00e4sswort\u0301'), true);
  });

  test('of earlier gateways still verify, and are told as outdated', async () => {
    const salt = Buffer.alloc(16, 3);
    const derived = scryptSync('an old password', salt, 32, { N: 16_384, r: 8, p: 5 });
    const texts = [salt, derived].map((bytes) => bytes.toString('base64url'));
    const old = ['scrypt', 16_384, 8, 5, ...texts].join('$');
    assert.equal(await passwords.verify(old, 'an old password'), true);
    assert.equal(await passwords.verify(old, 'another password'), false);
    assert.equal(isOutdated(old), true);
    assert.equal(isOutdated('$argon2id$v=19$m=4096,t=2,p=1$AAAA$BBBB'), true);
  });

  test('of nobody, and hashes that are none, are wrong', async () => {
    for (const stored of [null, '', 'plain', 'scrypt$', '$argon2id$v=19$m=1']) {
      assert.equal(await passwords.verify(stored, 'plain'), false, String(stored));
    }
  });

  test('have at most passwordBytesMax bytes', async () => {
    const most = 'ä'.repeat(limits.passwordBytesMax / 2);
    const hash = await passwords.hash(most);
    assert.equal(await passwords.verify(hash, most), true);
    const longer = await passwords.hash(`${most}a`);
    assert.equal(await passwords.verify(longer, `${most}a`), false);
  });

  test('take passwordHashesMax turns at once, and passwordHashesQueuedMax wait', async () => {
    const most = limits.passwordHashesMax + limits.passwordHashesQueuedMax;
    const fresh = createPasswords();
    const asked = Array.from({ length: most + 1 }, () => fresh.verify('none', 'x'));
    const refused = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 1);
  });

  test('of nobody take as long as any other', async () => {
    const hash = await passwords.hash('a password');
    const timeOf = async (stored: string | null): Promise<number> => {
      const startMs = performance.now();
      await passwords.verify(stored, 'wrong password');
      return performance.now() - startMs;
    };
    const times = { known: [] as number[], unknown: [] as number[] };
    const least = (list: number[]) => Math.min(...list);
    let ratio = Number.NaN;
    // The least of a few times is noise where the machine does other things: then of more.
    for (let round = 0; round < 90; round++) {
      times.known.push(await timeOf(hash));
      times.unknown.push(await timeOf(null));
      ratio = least(times.unknown) / least(times.known);
      if (round >= 14 && ratio > 0.6 && ratio < 1.6) break;
    }
    assert.ok(ratio > 0.6 && ratio < 1.6, `ratio ${ratio}`);
  });
});

describe('a new password', () => {
  const ada = { login: 'ada.lovelace', email: 'ada@mail.example', name: 'Augusta Ada King' };
  const problemOf = (password: string): string | undefined => {
    try {
      checkNewPassword(password, ada, 'newPassword');
      return undefined;
    } catch (error) {
      assert.ok(error instanceof GatewayError);
      assert.equal(error.code, 'invalid_params');
      assert.match(JSON.stringify(error.data), /"field":"newPassword"/);
      assert.ok(!error.message.includes(password), 'the password is not repeated');
      return error.message;
    }
  };

  test('has passwordCharactersMin characters, whatever they are made of', () => {
    const least = limits.passwordCharactersMin;
    assert.equal(problemOf('x'.repeat(least)), undefined);
    assert.equal(problemOf('🎉'.repeat(least)), undefined);
    assert.match(problemOf('x'.repeat(least - 1)) ?? '', /too short/);
    assert.match(problemOf('a\u0308'.repeat(least - 1)) ?? '', /too short/);
    assert.equal(problemOf('x'.repeat(limits.passwordBytesMax)), undefined);
    assert.match(problemOf('x'.repeat(limits.passwordBytesMax + 1)) ?? '', /too long/);
  });

  test('is not what everybody knows of the person', () => {
    for (const known of ['ada.lovelace', 'ADA.Lovelace ', 'ada@mail.example', 'Augusta Ada King']) {
      assert.match(problemOf(known) ?? '', /name or address/, known);
    }
    assert.equal(problemOf('ada.lovelace1'), undefined);
  });
});
