import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tenantId } from '../../kernel/principal.ts';
import { compilePermissions } from '../../policy/compile-permissions.ts';
import { writeCertificate } from '../certificates/certificate-text.ts';
import type { CertificateMark, ClientCertificate } from '../certificates/store.ts';
import { createCertificateCredentials } from './certificate-credentials.ts';

const registered = (id: string, mark: CertificateMark, user = 'usr_1'): ClientCertificate => ({
  id,
  tenant: tenantId('ten_a'),
  subject: { kind: 'user', id: user },
  name: id,
  mark,
  createdAtMs: 1,
});

const all = [
  registered('crt_1', { kind: 'fingerprint', value: 'aa' }),
  registered('crt_2', { kind: 'name', value: 'DNS:b' }),
  registered('crt_3', { kind: 'name', value: 'DNS:gone' }, 'usr_gone'),
];

describe('certificates as credentials', () => {
  const kind = createCertificateCredentials({
    clientCertificates: {
      find: ({ kind, value }) =>
        Promise.resolve(all.find(({ mark }) => mark.kind === kind && mark.value === value)),
    },
    members: {
      standing: (_tenant, { id }) => {
        const standing = { roles: ['developer'], groups: [], ownRoles: [], isOperator: false };
        return Promise.resolve(id === 'usr_gone' ? undefined : standing);
      },
    },
    permissionsOf: compilePermissions,
  });
  const grantOf = async (fingerprint: string, ...names: readonly string[]) =>
    (await kind.lookUp(writeCertificate({ fingerprint, names }), '/mcp'))?.principal.grantId;

  it('are known by the whole or by a name, the whole first', async () => {
    assert.equal(await grantOf('aa', 'DNS:b'), 'crt_1');
    assert.equal(await grantOf('bb', 'DNS:x', 'DNS:b'), 'crt_2');
    assert.equal(await grantOf('bb', 'URI:b'), undefined);
    assert.equal(await grantOf('DNS:b'), undefined);
    assert.equal(await grantOf('bb'), undefined);
  });

  it('are good for nothing when their holder may not act', async () => {
    assert.equal(await grantOf('bb', 'DNS:gone'), undefined);
  });

  it('are recognised by what no header can carry', () => {
    assert.equal(kind.recognises('certificate:{}'), false);
    assert.equal(kind.recognises(writeCertificate({ fingerprint: 'aa', names: [] })), true);
  });
});
