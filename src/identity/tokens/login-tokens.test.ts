import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { A, signInWorld } from '../../../test/support/sign-in-world.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

function setUp() {
  const world = signInWorld();
  world.people.add('ada');
  const { loginTokens, accessTokens } = world.authentication;
  const refresh = (token: string) =>
    loginTokens.refresh(token).then(({ refreshToken }) => refreshToken, refusal);
  const isAlive = async (accessToken: string): Promise<boolean> => {
    const { tenant, grantId, id } = await accessTokens.verify(accessToken);
    return (await world.authentication.findHolder(tenant, grantId, id)) !== undefined;
  };
  return { ...world, loginTokens, refresh, isAlive };
}

/** Undefined for a refusal; anything else that is thrown is a fault. */
function refusal(error: unknown): undefined {
  assert.ok(error instanceof GatewayError, String(error));
  assert.equal(error.code, 'unauthenticated');
}

describe('a refresh token', () => {
  test('gets the next pair, each with tokens of its own', async () => {
    const { loginTokens, isAlive } = setUp();
    const first = await loginTokens.issue(A, 'ada');
    const second = await loginTokens.refresh(first.refreshToken);
    const third = await loginTokens.refresh(second.refreshToken);
    const all = [first, second, third];
    assert.equal(new Set(all.map(({ refreshToken }) => refreshToken)).size, 3);
    assert.equal(new Set(all.map(({ accessToken }) => accessToken)).size, 3);
    for (const { accessToken, userId, tenant } of all) {
      assert.equal(await isAlive(accessToken), true);
      assert.deepEqual([userId, tenant], ['ada', A]);
    }
  });

  test('used by two at once gives both the same successor', async () => {
    const { loginTokens, refresh } = setUp();
    const { refreshToken } = await loginTokens.issue(A, 'ada');
    const [one, other] = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    assert.ok(one !== undefined && one !== refreshToken);
    assert.equal(one, other);
    assert.notEqual(await refresh(one), undefined);
  });

  test('used again after refreshRepeatMs ends the login, the thief’s and the owner’s', async () => {
    const { loginTokens, refresh, isAlive, clock, revoked } = setUp();
    const first = await loginTokens.issue(A, 'ada');
    const second = await loginTokens.refresh(first.refreshToken);
    clock.ms += limits.refreshRepeatMs;
    assert.equal(await refresh(first.refreshToken), second.refreshToken, 'the answer was lost');
    clock.ms += 1;
    assert.equal(await refresh(first.refreshToken), undefined);
    assert.equal(await refresh(second.refreshToken), undefined);
    assert.equal(await isAlive(second.accessToken), false);
    assert.equal(revoked.length, 1, 'the other instances are told');
  });

  test('ends with refreshTokenMs, loginGrantMs, its user and its login', async () => {
    const idle = setUp();
    const { refreshToken } = await idle.loginTokens.issue(A, 'ada');
    idle.clock.ms += limits.refreshTokenMs;
    assert.equal(await idle.refresh(refreshToken), undefined);

    const long = setUp();
    let next = (await long.loginTokens.issue(A, 'ada')).refreshToken;
    const endMs = long.clock.ms + limits.loginGrantMs;
    while (long.clock.ms + limits.refreshTokenMs <= endMs) {
      long.clock.ms += limits.refreshTokenMs - 1;
      next = (await long.refresh(next)) ?? assert.fail('too early');
    }
    long.clock.ms = endMs - 1;
    const last = await long.loginTokens.refresh(next);
    assert.equal(last.expiresInSeconds, 0, 'no token outlives the login');
    long.clock.ms = endMs;
    assert.equal(await long.refresh(last.refreshToken), undefined);

    const gone = setUp();
    const issued = await gone.loginTokens.issue(A, 'ada');
    gone.people.members.set('ada', []);
    assert.equal(await gone.refresh(issued.refreshToken), undefined);
    gone.people.add('ada');
    assert.notEqual(await gone.refresh(issued.refreshToken), undefined, 'it was not used up');

    const out = setUp();
    const login = await out.loginTokens.issue(A, 'ada');
    await out.loginTokens.end(login.refreshToken);
    assert.equal(await out.refresh(login.refreshToken), undefined);
    assert.equal(await out.isAlive(login.accessToken), false);
    await out.loginTokens.end(login.refreshToken);
    await out.loginTokens.end('mgr_unknown');
    assert.equal(out.revoked.length, 1);
  });

  test('that is none is refused, and none is stored as it is', async () => {
    const { loginTokens, refresh, stores } = setUp();
    const { refreshToken } = await loginTokens.issue(A, 'ada');
    const last = refreshToken.endsWith('a') ? 'b' : 'a';
    for (const wrong of ['', 'mgr_', `${refreshToken.slice(0, -1)}${last}`, `${refreshToken} `]) {
      assert.equal(await refresh(wrong), undefined, wrong);
    }
    assert.equal(await stores.refreshTokens.find(refreshToken), undefined);
  });
});

/** What a login is, as the rules say it. */
class Model {
  readonly tokens: { usedAtMs: number | undefined; next: number | undefined; endMs: number }[] = [];
  readonly endMs: number;
  isRevoked = false;

  constructor(nowMs: number) {
    this.endMs = nowMs + limits.loginGrantMs;
    this.add(nowMs);
  }

  add(nowMs: number): number {
    const endMs = nowMs + limits.refreshTokenMs;
    return this.tokens.push({ usedAtMs: undefined, next: undefined, endMs }) - 1;
  }

  /** The number of the token that must be answered, or undefined for a refusal. */
  refresh(number: number, nowMs: number): number | undefined {
    const token = this.tokens[number];
    if (token === undefined || this.isRevoked || nowMs >= this.endMs || nowMs >= token.endMs) {
      return undefined;
    }
    if (token.usedAtMs === undefined) {
      token.usedAtMs = nowMs;
      return (token.next = this.add(nowMs));
    }
    if (nowMs - token.usedAtMs <= limits.refreshRepeatMs) return token.next;
    this.isRevoked = true;
    return undefined;
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ refresh: fc.nat({ max: 6 }), times: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      waitMs: fc.constantFrom(
        1,
        limits.refreshRepeatMs,
        limits.refreshRepeatMs + 1,
        limits.refreshTokenMs - 1,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ end: fc.nat({ max: 6 }) }) },
);

test('whatever is refreshed when, by how many at once, the rules hold', async () => {
  let rotated = 0;
  let reused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { loginTokens, refresh, clock } = setUp();
      const model = new Model(clock.ms);
      const texts = [(await loginTokens.issue(A, 'ada')).refreshToken];
      for (const one of steps) {
        if ('waitMs' in one) clock.ms += one.waitMs;
        else if ('end' in one) {
          const text = texts[one.end];
          if (text === undefined) continue;
          await loginTokens.end(text);
          model.isRevoked = true;
        } else {
          const number = one.refresh % texts.length;
          const text = texts[number] ?? '';
          const wasRevoked = model.isRevoked;
          const wanted = model.refresh(number, clock.ms);
          const came = await Promise.all(Array.from({ length: one.times }, () => refresh(text)));
          if (!wasRevoked && model.isRevoked) reused++;
          if (wanted !== undefined) {
            texts[wanted] ??= came[0] ?? assert.fail('refused, and should not be');
            rotated++;
          }
          for (const answer of came) {
            assert.equal(answer, wanted === undefined ? undefined : texts[wanted]);
          }
        }
      }
      assert.equal(new Set(texts).size, texts.length);
    }),
    { numRuns: 60 },
  );
  assert.ok(rotated > 20 && reused > 0, `${rotated} refreshed, ${reused} reused`);
});
