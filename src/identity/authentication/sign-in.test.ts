import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TOTP } from 'otpauth';
import {
  A,
  B,
  PASSWORD,
  quickHash,
  quickPasswords,
  signInWorld,
  type SignInWorld,
} from '../../../test/support/sign-in-world.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { createAddressRate } from './address-rate.ts';
import { chooseTenant } from './sign-in.ts';

const HASH = quickHash(PASSWORD);

function setUp(): SignInWorld {
  const world = signInWorld();
  world.people.add('ada', { passwordHash: HASH });
  return world;
}

const as = (login: string, change: object = {}) => ({
  login,
  password: PASSWORD,
  address: '192.0.2.1',
  ...change,
});

async function errorOf(work: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof GatewayError, String(error));
  return error;
}

describe('signing in', () => {
  test('takes the login name or the address, in any case', async () => {
    const { authentication } = setUp();
    for (const login of ['ada', 'ADA', 'Ada@Mail.Example']) {
      const { person, memberships } = await authentication.signIn(as(login));
      assert.equal(person.id, 'ada');
      assert.deepEqual(
        memberships.map(({ tenant }) => tenant),
        [A],
      );
    }
  });

  test('says the same of everything that is wrong', async () => {
    const { authentication, people } = setUp();
    people.add('gone', { passwordHash: HASH, isActive: false });
    people.add('none', { passwordHash: null });
    people.add('lost', { passwordHash: HASH }, []);
    const attempts = [
      as('nobody'),
      as('ada', { password: 'another password' }),
      as('gone'),
      as('none'),
      as('lost'),
      as('ada', { password: '' }),
    ];
    const errors = [];
    for (const attempt of attempts) errors.push(await errorOf(authentication.signIn(attempt)));
    for (const { code, message, data } of errors) {
      assert.deepEqual([code, message, data], ['unauthenticated', errors[0]?.message, undefined]);
    }
  });

  test('replaces a hash of earlier gateways', async () => {
    const passwords = { ...quickPasswords, verify: () => Promise.resolve(true) };
    const { authentication, people } = signInWorld({ passwords });
    people.add('old', { passwordHash: 'scrypt$of an earlier one' });
    await authentication.signIn(as('old'));
    assert.equal((await people.get('old'))?.passwordHash, HASH);
  });

  test('leaves signInFailuresMax attempts on an account, whether there is one or not', async () => {
    for (const login of ['ada', 'nobody']) {
      const { authentication, clock } = setUp();
      const wrong = (address: string) =>
        errorOf(authentication.signIn(as(login, { password: 'wrong', address })));
      for (let tried = 0; tried < limits.signInFailuresMax; tried++) {
        assert.equal((await wrong(`192.0.2.${tried}`)).code, 'unauthenticated');
      }
      const refused = await errorOf(authentication.signIn(as(login, { address: '192.0.2.99' })));
      assert.equal(refused.code, 'too_many', 'the right password too');
      assert.deepEqual(refused.data, {
        limit: 'sign_in_account',
        retryAfterSeconds: limits.signInWaitMsMin / 1000,
      });
      clock.ms += limits.signInWaitMsMin;
      assert.equal((await wrong('192.0.2.50')).code, 'unauthenticated', 'one more');
      const { data } = await wrong('192.0.2.51');
      assert.equal(
        (data as { retryAfterSeconds: number }).retryAfterSeconds,
        (2 * limits.signInWaitMsMin) / 1000,
        'the wait doubles',
      );
      clock.ms += limits.signInWaitMsMax + limits.signInFailureMs;
      assert.equal((await wrong('192.0.2.52')).code, 'unauthenticated');
      assert.equal((await wrong('192.0.2.52')).code, 'unauthenticated', 'all forgotten');
    }
  });

  test('waits at most signInWaitMsMax', async () => {
    const { authentication, clock } = setUp();
    let longest = 0;
    for (let tried = 0; tried < 30; tried++) {
      const error = await errorOf(
        authentication.signIn(as('ada', { password: 'x', address: `198.51.100.${tried}` })),
      );
      if (error.code !== 'too_many') continue;
      const { retryAfterSeconds } = error.data as { retryAfterSeconds: number };
      longest = Math.max(longest, retryAfterSeconds);
      clock.ms += retryAfterSeconds * 1000;
    }
    assert.equal(longest, limits.signInWaitMsMax / 1000);
  });

  test('leaves signInFailuresPerAddressMax attempts to an address and its network', async () => {
    const { authentication } = setUp();
    const at = (number: number) => `2001:db8:1:2::${number.toString(16)}`;
    for (let tried = 0; tried < limits.signInFailuresPerAddressMax; tried++) {
      const request = as(`nobody-${tried}`, { address: at(tried) });
      assert.equal((await errorOf(authentication.signIn(request))).code, 'unauthenticated');
    }
    const refused = await errorOf(authentication.signIn(as('ada', { address: at(999) })));
    assert.match(JSON.stringify(refused.data), /"limit":"sign_in_address"/);
    await authentication.signIn(as('ada', { address: '2001:db8:1:3::1' }));
  });

  test('that is right frees the account and not the address', async () => {
    const { authentication } = setUp();
    const address = '203.0.113.9';
    for (let tried = 1; tried < limits.signInFailuresPerAddressMax; tried++) {
      const request = as(`nobody-${tried}`, { address });
      await errorOf(authentication.signIn(request));
      if (tried % 4 === 0) await authentication.signIn(as('ada', { address }));
    }
    const last = await errorOf(authentication.signIn(as('nobody', { address })));
    assert.equal(last.code, 'unauthenticated', 'the last free one');
    assert.equal((await errorOf(authentication.signIn(as('ada', { address })))).code, 'too_many');
  });

  test('asks who is in several tenants for the tenant', async () => {
    const { authentication, people } = setUp();
    people.add('bob', { passwordHash: HASH }, [A, B]);
    const signedIn = await authentication.signIn(as('bob'));
    assert.throws(() => chooseTenant(signedIn, undefined), /tenant is missing/);
    assert.throws(() => chooseTenant(signedIn, 'ten_c'), /not one you belong to/);
    assert.equal(chooseTenant(signedIn, B).tenant, B);
    assert.equal(chooseTenant(signedIn, 'name of ten_b').tenant, B);
    assert.equal(chooseTenant(await authentication.signIn(as('ada')), undefined).tenant, A);
  });
});

describe('a second factor', () => {
  const setUpFactor = async () => {
    const world = setUp();
    const { secondFactors } = world.authentication;
    const { secret, uri } = await secondFactors.enrol('ada', 'ada');
    const totp = new TOTP({ secret });
    const code = (atMs = world.clock.ms) => totp.generate({ timestamp: atMs });
    return { ...world, secondFactors, secret, uri, code };
  };

  test('counts once it is confirmed', async () => {
    const { authentication, secondFactors, uri, secret, code, clock } = await setUpFactor();
    assert.match(uri, /^otpauth:\/\/totp\/MCP%20Gateway:ada\?/);
    assert.match(uri, new RegExp(`secret=${secret}`));
    await authentication.signIn(as('ada'));
    assert.equal((await errorOf(secondFactors.confirm('ada', '000000'))).code, 'invalid_params');
    const recovery = await secondFactors.confirm('ada', code());
    assert.equal(new Set(recovery).size, limits.recoveryCodes);
    assert.equal((await errorOf(secondFactors.confirm('ada', code()))).code, 'conflict');
    assert.equal((await errorOf(secondFactors.enrol('ada', 'ada'))).code, 'conflict');
    assert.equal((await errorOf(authentication.signIn(as('ada')))).code, 'second_factor_needed');
    const wrongPassword = as('ada', { password: 'wrong password', totp: code() });
    assert.equal((await errorOf(authentication.signIn(wrongPassword))).code, 'unauthenticated');
    const again = errorOf(authentication.signIn(as('ada', { totp: code() })));
    assert.equal((await again).code, 'unauthenticated', 'the step of the confirmation is used');
    clock.ms += 30_000;
    const { hasSecondFactor } = await authentication.signIn(as('ada', { totp: code() }));
    assert.equal(hasSecondFactor, true);
  });

  test('takes a step once, and none earlier', async () => {
    const { authentication, secondFactors, code, clock } = await setUpFactor();
    await secondFactors.confirm('ada', code());
    clock.ms += 90_000;
    const [before, now, next] = [code(clock.ms - 30_000), code(), code(clock.ms + 30_000)];
    await authentication.signIn(as('ada', { totp: now }));
    for (const totp of [now, before]) {
      assert.equal(
        (await errorOf(authentication.signIn(as('ada', { totp })))).code,
        'unauthenticated',
      );
    }
    await authentication.signIn(as('ada', { totp: next }));
  });

  test('may be totpStepsOff steps early or late', async () => {
    for (const [steps, isTaken] of [
      [limits.totpStepsOff, true],
      [limits.totpStepsOff + 1, false],
    ] as const) {
      for (const sign of [1, -1]) {
        const { authentication, secondFactors, code, clock } = await setUpFactor();
        await secondFactors.confirm('ada', code());
        clock.ms += 300_000;
        const totp = code(clock.ms + sign * steps * 30_000);
        const outcome = authentication.signIn(as('ada', { totp }));
        if (isTaken) await outcome;
        else assert.equal((await errorOf(outcome)).code, 'unauthenticated');
      }
    }
  });

  test('is stood in for by each recovery code once', async () => {
    const { authentication, secondFactors, code } = await setUpFactor();
    const [one = '', two = ''] = await secondFactors.confirm('ada', code());
    await authentication.signIn(as('ada', { recoveryCode: ` ${one} ` }));
    const again = errorOf(authentication.signIn(as('ada', { recoveryCode: one })));
    assert.equal((await again).code, 'unauthenticated');
    await authentication.signIn(as('ada', { recoveryCode: two }));
    const left = limits.recoveryCodes - 2;
    assert.deepEqual(await secondFactors.state('ada'), { recoveryCodesLeft: left });
  });

  test('cannot be guessed: wrong codes count as wrong attempts', async () => {
    const { authentication, secondFactors, code } = await setUpFactor();
    await secondFactors.confirm('ada', code());
    for (let tried = 0; tried < limits.signInFailuresMax; tried++) {
      const request = tried % 2 === 0 ? as('ada') : as('ada', { totp: '123456' });
      await errorOf(authentication.signIn(request));
    }
    const error = await errorOf(authentication.signIn(as('ada', { totp: '123456' })));
    assert.equal(error.code, 'too_many');
  });

  test('is off when it was taken away, and its secret is sealed', async () => {
    const { authentication, secondFactors, stores, code, secret } = await setUpFactor();
    const kept = await stores.secondFactors.get('ada');
    assert.ok(kept !== undefined && !kept.secretSealed.includes(secret));
    const recovery = await secondFactors.confirm('ada', code());
    const rows = JSON.stringify(await stores.secondFactors.get('ada'));
    for (const one of recovery) assert.ok(!rows.includes(one));
    assert.equal(await secondFactors.remove('ada'), true);
    await authentication.signIn(as('ada'));
  });
});

test('signInRequestsPerMinuteMax of an address are free; signInAddressesMax are kept', () => {
  const clock = { ms: 0 };
  const count = createAddressRate(() => clock.ms);
  const most = limits.signInRequestsPerMinuteMax;
  for (let asked = 0; asked < most; asked++) count('192.0.2.1');
  assert.throws(() => count('192.0.2.1'), { code: 'too_many' });
  count('192.0.2.2');
  clock.ms += 60_000 / most;
  count('192.0.2.1');
  assert.throws(() => count('192.0.2.1'), { code: 'too_many' });
  for (let other = 0; other < limits.signInAddressesMax; other++) count(`other ${other}`);
  count('192.0.2.1');
});
