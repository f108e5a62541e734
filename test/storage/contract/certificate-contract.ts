import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientCertificate } from '../../../src/identity/store.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const certificateOf = (tenant: typeof A, id: string, value = id): ClientCertificate => ({
  id,
  tenant,
  subject: { kind: 'user', id: `usr_owner_${tenant}` },
  name: 'agent',
  mark: { kind: 'name', value },
  createdAtMs: 4,
});

/** What client certificates must do on every engine. */
export function certificateContract(open: OpenEmpty): void {
  test('a certificate is found by its mark and is one holder’s', async (t) => {
    const { clientCertificates } = await openWithTenants(open, t);
    const one = certificateOf(A, 'crt_1');
    await clientCertificates.create(A, one);
    assert.deepEqual(await clientCertificates.find(one.mark), one);
    assert.equal(await clientCertificates.find({ kind: 'fingerprint', value: 'crt_1' }), undefined);
    const taken = certificateOf(B, 'crt_2', 'crt_1');
    await assert.rejects(clientCertificates.create(B, taken), { code: 'conflict' });
    const nobody = {
      ...certificateOf(A, 'crt_3'),
      subject: { kind: 'user', id: 'usr_x' } as const,
    };
    await assert.rejects(clientCertificates.create(A, nobody), { code: 'not_found' });
    assert.deepEqual(await clientCertificates.list(A), [one]);
    assert.deepEqual(await clientCertificates.list(B), []);
    assert.equal(await clientCertificates.delete(B, 'crt_1'), false);
    assert.equal(await clientCertificates.delete(A, 'crt_1'), true);
    assert.equal(await clientCertificates.find(one.mark), undefined);
  });
}
