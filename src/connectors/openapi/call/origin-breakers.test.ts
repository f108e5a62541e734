import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import type { OriginHealth } from '../../../upstream/contract.ts';
import { createOriginBreakers, type CallOutcome } from './origin-breakers.ts';

const ORIGIN = 'https://api.example';

function open() {
  const clock = { nowMs: 1_000 };
  let told: readonly OriginHealth[] = [];
  const book = createOriginBreakers(
    (origins) => {
      told = origins;
    },
    () => clock.nowMs,
  );
  const call = (outcome: CallOutcome, origin = ORIGIN): void => book.enter(origin)(outcome);
  const failTimes = (times: number, outcome: CallOutcome = 'unanswered'): void => {
    for (let at = 0; at < times; at++) call(outcome);
  };
  return { clock, book, call, failTimes, told: () => told };
}

describe('the book of origins', () => {
  test('says whether an origin answers, lets us in and how often it fails', () => {
    const { call, told } = open();
    call(200);
    call(401);
    call(500);
    call(404);
    assert.deepEqual(told(), [
      {
        origin: ORIGIN,
        reachable: true,
        authorised: true,
        calls: 4,
        errors: 1,
        lastSuccessAtMs: 1_000,
        breaker: 'closed',
      },
    ]);
    call(403);
    assert.equal(told()[0]?.authorised, false);
    call('unanswered');
    assert.equal(told()[0]?.reachable, false);
    assert.equal(told()[0]?.authorised, false, 'no answer says nothing of credentials');
  });

  test('leaves an origin alone after originFailuresMax failures, not one earlier', () => {
    const { failTimes, call, told } = open();
    failTimes(limits.originFailuresMax - 1);
    assert.equal(told()[0]?.breaker, 'closed');
    call('unanswered');
    assert.equal(told()[0]?.breaker, 'open');
    assert.throws(() => call(200), { code: 'upstream_unavailable' });
    assert.doesNotThrow(() => call(200, 'https://other.example'));
  });

  test('errors of the API itself never open the breaker; a success closes the count', () => {
    const { failTimes, call, told } = open();
    failTimes(limits.originFailuresMax * 2, 500);
    assert.equal(told()[0]?.breaker, 'closed');
    failTimes(limits.originFailuresMax - 1, 503);
    call(200);
    failTimes(limits.originFailuresMax - 1, 503);
    assert.equal(told()[0]?.breaker, 'closed');
    call(503);
    assert.equal(told()[0]?.breaker, 'open');
  });

  test('one call goes to see; the rest doubles from originRestMsMin to originRestMsMax', () => {
    const { clock, book, failTimes, call, told } = open();
    failTimes(limits.originFailuresMax);
    clock.nowMs += limits.originRestMsMin - 1;
    assert.throws(() => book.enter(ORIGIN));
    clock.nowMs += 1;
    assert.equal(book.health()[0]?.breaker, 'half_open');
    const settle = book.enter(ORIGIN);
    assert.throws(() => book.enter(ORIGIN), 'only one goes');
    settle('unanswered');
    assert.equal(told()[0]?.breaker, 'open');
    clock.nowMs += limits.originRestMsMin;
    assert.throws(() => book.enter(ORIGIN), 'the second rest is longer');
    for (let round = 0; round < 10; round++) {
      clock.nowMs += limits.originRestMsMax;
      call('unanswered');
    }
    clock.nowMs += limits.originRestMsMax;
    call(200);
    assert.equal(told()[0]?.breaker, 'closed');
    assert.doesNotThrow(() => book.enter(ORIGIN)(200));
  });

  test('a cancelled call frees the way for the next to go and see', () => {
    const { clock, book, failTimes } = open();
    failTimes(limits.originFailuresMax);
    clock.nowMs += limits.originRestMsMax;
    book.enter(ORIGIN)('unknown');
    assert.doesNotThrow(() => book.enter(ORIGIN));
  });

  test('looks back on originCallsRememberedMax calls of originsPerServiceMax origins', () => {
    const { call, told, failTimes } = open();
    failTimes(limits.originCallsRememberedMax, 500);
    call(200);
    assert.equal(told()[0]?.calls, limits.originCallsRememberedMax);
    assert.equal(told()[0]?.errors, limits.originCallsRememberedMax - 1);
    for (let at = 0; at < limits.originsPerServiceMax; at++) call(200, `https://${at}.example`);
    assert.equal(told().length, limits.originsPerServiceMax);
    assert.ok(!told().some(({ origin }) => origin === ORIGIN));
  });
});
