import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedSession } from '../../../src/gateway/store.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

function sessionOf(id: string, change: Partial<ManagedSession> = {}): ManagedSession {
  return {
    id,
    tenant: A,
    userId: 'usr_1',
    grantId: 'key_1',
    services: ['one', 'two'],
    transport: 'sse',
    idPlace: 'header',
    createdAtMs: 5,
    expiresAtMs: 100,
    ...change,
  };
}

/** What sessions that callers made must do on every engine. */
export function sessionContract(open: OpenEmpty): void {
  test('sessions are kept per tenant, listed by credential, deleted when expired', async (t) => {
    const { sessions } = await openWithTenants(open, t);
    const [one, two, three] = [
      sessionOf('ses_1'),
      sessionOf('ses_2', { services: null, createdAtMs: 4 }),
      sessionOf('ses_3', { grantId: 'key_2', expiresAtMs: 200 }),
    ];
    for (const session of [one, two, three]) await sessions.insert(A, session);
    assert.deepEqual(await sessions.get(A, 'ses_1'), one);
    assert.equal(await sessions.get(B, 'ses_1'), undefined);
    assert.deepEqual(await sessions.list(A, 'key_1'), [two, one]);
    assert.deepEqual(await sessions.list(B, 'key_1'), []);
    assert.equal(await sessions.delete(B, 'ses_1'), false);
    await sessions.deleteExpired(B, 1_000);
    await sessions.deleteExpired(A, 99);
    assert.deepEqual(await sessions.list(A, 'key_1'), [two, one]);
    await sessions.deleteExpired(A, 100);
    assert.deepEqual(await sessions.list(A, 'key_1'), []);
    assert.equal(await sessions.delete(A, 'ses_3'), true);
    assert.equal(await sessions.get(A, 'ses_3'), undefined);
  });
}
