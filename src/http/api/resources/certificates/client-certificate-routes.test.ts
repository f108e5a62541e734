import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';

const PATH = '/api/v1/client-certificates';
const FINGERPRINT = 'AB'.repeat(32);

interface Shown {
  readonly id: string;
  readonly fingerprint: string | null;
  readonly userId: string | null;
}

describe('client certificates', () => {
  test('are registered by whoever manages keys, listed, and forgotten', async () => {
    const plane = new ControlPlane();
    const colons = FINGERPRINT.replaceAll(/..(?!$)/g, '$&:');
    const made = await plane.send('POST', PATH, {
      as: 'adminA',
      body: { name: 'agent', fingerprint: colons },
    });
    assert.equal(made.status, 201, made.text);
    const { id, fingerprint, userId } = made.json as Shown;
    assert.deepEqual([fingerprint, userId], [FINGERPRINT.toLowerCase(), 'usr_a_admin']);
    const { json } = await plane.send('GET', PATH, { as: 'adminA' });
    assert.deepEqual((json as { clientCertificates: Shown[] }).clientCertificates, [made.json]);
    const theirs = await plane.send('GET', PATH, { as: 'adminB' });
    assert.deepEqual(theirs.json, { clientCertificates: [] });
    problemOf(await plane.send('DELETE', `${PATH}/${id}`, { as: 'adminB' }), 'not_found');
    assert.equal((await plane.send('DELETE', `${PATH}/${id}`, { as: 'adminA' })).status, 204);
    assert.ok(plane.calls.includes(`revoked ten_a ${id}`));
    problemOf(await plane.send('DELETE', `${PATH}/${id}`, { as: 'adminA' }), 'not_found');
  });

  test('belong to one holder, whatever the tenant, and to nobody who may do more', async () => {
    const plane = new ControlPlane();
    const body = { name: 'agent', subjectAlternativeName: 'URI:spiffe://example/agent' };
    const member = { ...body, userId: 'usr_a_member' };
    assert.equal((await plane.send('POST', PATH, { as: 'adminA', body: member })).status, 201);
    problemOf(await plane.send('POST', PATH, { as: 'adminA', body }), 'conflict');
    problemOf(await plane.send('POST', PATH, { as: 'adminB', body }), 'conflict');
    const other = { ...body, subjectAlternativeName: 'DNS:other.example' };
    const owner = { ...other, userId: 'usr_a_owner' };
    problemOf(await plane.send('POST', PATH, { as: 'adminA', body: owner }), 'forbidden');
    problemOf(await plane.send('POST', PATH, { as: 'memberA', body: other }), 'forbidden');
  });

  test('have exactly one mark that can be read without doubt', async () => {
    const plane = new ControlPlane();
    for (const marks of [
      {},
      { fingerprint: FINGERPRINT, subjectAlternativeName: 'DNS:a' },
      { fingerprint: 'AB'.repeat(31) },
      { fingerprint: `${'AB'.repeat(31)}GG` },
      { subjectAlternativeName: 'a.example' },
      { subjectAlternativeName: 'DNS:a, DNS:b' },
      { subjectAlternativeName: 'DNS:"a"' },
      { subjectAlternativeName: `DNS:${'a'.repeat(limits.subjectAlternativeNameLengthMax - 3)}` },
    ]) {
      const body = { name: 'x', ...marks };
      problemOf(await plane.send('POST', PATH, { as: 'adminA', body }), 'invalid_params');
    }
    const name = 'a'.repeat(limits.subjectAlternativeNameLengthMax - 4);
    const long = { name: 'x', subjectAlternativeName: `DNS:${name}` };
    assert.equal((await plane.send('POST', PATH, { as: 'adminA', body: long })).status, 201);
  });

  test('are limits.clientCertificatesPerTenantMax in one tenant and not one more', async () => {
    const plane = new ControlPlane();
    const add = (index: number) => {
      const body = { name: 'x', subjectAlternativeName: `DNS:${index}` };
      return plane.send('POST', PATH, { as: 'adminA', body });
    };
    const { clientCertificatesPerTenantMax: max } = limits;
    for (let index = 0; index < max; index++) assert.equal((await add(index)).status, 201);
    problemOf(await add(max), 'conflict');
  });
});
