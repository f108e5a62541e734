import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { tenantId } from '../kernel/principal.ts';
import type { Authenticator } from './create-authenticator.ts';
import { admitLocalCaller } from './local-caller.ts';
import type { User } from './store.ts';

const tenant = tenantId('ten_a');
const user = (id: string, role: User['role'], createdAtMs: number): User => ({
  id,
  tenant,
  name: id,
  role,
  passwordHash: null,
  createdAtMs,
});

const authenticator: Authenticator = {
  authenticate: () => {
    throw new GatewayError('unauthenticated');
  },
  forget: () => {},
};

function storeOf(users: readonly User[]) {
  return {
    tenants: () => Promise.resolve([{ id: tenant, name: 'a', createdAtMs: 1 }]),
    users: () => Promise.resolve(users),
  };
}

describe('the local caller', () => {
  test('is the oldest administrator, by a token of this process alone', async () => {
    const users = [user('m', 'member', 1), user('late', 'admin', 9), user('first', 'admin', 2)];
    const one = await admitLocalCaller(authenticator, storeOf(users));
    const { userId, role, credentialId } = await one.authenticator.authenticate(one.token);
    assert.deepEqual([userId, role, credentialId], ['first', 'admin', 'local']);
    const other = await admitLocalCaller(authenticator, storeOf(users));
    for (const wrong of [other.token, one.token.slice(1), `${one.token}x`, '', undefined]) {
      assert.throws(() => one.authenticator.authenticate(wrong), { code: 'unauthenticated' });
    }
  });

  test('does not exist without an administrator', async () => {
    const admitting = admitLocalCaller(authenticator, storeOf([user('m', 'member', 1)]));
    await assert.rejects(admitting, { code: 'unauthenticated' });
  });
});
