import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { credentialHeader } from '../credential-header.ts';
import { writeCertificate } from '../../../identity/certificates/certificate-text.ts';
import { alternativeNames, certificateCredential } from './client-certificate.ts';

describe('alternativeNames', () => {
  it('reads each name with its kind and leaves out what is in doubt', () => {
    assert.deepEqual(alternativeNames(undefined), []);
    assert.deepEqual(
      alternativeNames('DNS:a.example, URI:spiffe://x/y, email:a@b.example, IP Address:10.0.0.1'),
      ['DNS:a.example', 'URI:spiffe://x/y', 'email:a@b.example', 'IP Address:10.0.0.1'],
    );
    // A name that holds a comma is written as a JSON text; it must not become two names.
    assert.deepEqual(alternativeNames('URI:"http://x/, DNS:evil", DNS:b'), ['DNS:b']);
    assert.deepEqual(alternativeNames('DNS:"a\\", DNS:evil", DNS:b'), ['DNS:b']);
  });
});

describe('the credential of a certificate', () => {
  it('comes from no header', () => {
    const text = writeCertificate({ fingerprint: 'f', names: [] });
    assert.equal(certificateCredential({ authorization: `Bearer ${text}` }), undefined);
    assert.equal(text.charCodeAt(0), 0);
    assert.equal(credentialHeader({}), undefined);
  });
});
