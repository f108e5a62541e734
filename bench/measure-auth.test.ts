import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authCost, isWithin } from './auth-cost.ts';
import { authWorld, RESOURCE } from './auth-world.ts';
import { measureAuth } from './measure-auth.ts';

test('every kind of credential is measured both ways, each round', async () => {
  const costs = await measureAuth({ rounds: 2, calls: 200 });
  assert.deepEqual(
    costs.map(({ name }) => name),
    ['API key', 'token of an external issuer', 'access token'].flatMap((kind) => [
      `${kind}, head read anew`,
      `${kind}, head known`,
    ]),
  );
  for (const { nanoseconds, rounds } of costs) {
    assert.equal(rounds.length, 2);
    assert.ok(Number.isFinite(nanoseconds) && nanoseconds >= 0);
  }
});

test('the door knows its callers at once when they have been seen, and not before', async () => {
  const world = await authWorld(2);
  for (const [name, [text = '']] of world.credentials) {
    const first = world.admit(text, RESOURCE);
    assert.ok(first instanceof Promise, name);
    await first;
  }
  await world.see();
  const credentialIds = world.credentials.flatMap(([name, texts]) =>
    texts.map((text) => {
      const principal = world.admit(text, RESOURCE);
      assert.ok(!(principal instanceof Promise), name);
      return principal.credentialId;
    }),
  );
  assert.equal(new Set(credentialIds).size, 6);
});

test('the budget is 3 µs for each, and no figure keeps to none', () => {
  assert.equal(isWithin([{ nanoseconds: 3_000 }, { nanoseconds: 1 }]), true);
  assert.equal(isWithin([{ nanoseconds: 3_000.1 }, { nanoseconds: 1 }]), false);
  assert.equal(isWithin([{ nanoseconds: Number.NaN }]), false);
  assert.equal(isWithin([]), false);
});

test('the command line of the measurement is strict', async () => {
  await assert.rejects(authCost(['--fast']), /--fast/);
  await assert.rejects(authCost(['--quick', '--record']), /--record wants a full run/);
});
