import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { createDomainProof } from '../../../../identity/sso/domain-proof.ts';
import { createTokenHash } from '../../../../identity/token-hash.ts';
import { GatewayError } from '../../../../kernel/errors.ts';

interface Proofs {
  readonly domains: readonly { domain: string; record: string; verified: boolean }[];
}

/** A plane whose domains have the records of `zone`; an absent domain fails to be looked up. */
async function open(domains: readonly string[]) {
  const zone = new Map<string, readonly string[]>(domains.map((domain) => [domain, []]));
  const first = new ControlPlane();
  const hash = createTokenHash([{ id: 'k1', secret: Buffer.alloc(32, 1) }]);
  const lookup = async (domain: string): Promise<readonly string[]> => {
    const found = zone.get(domain);
    if (found === undefined) throw new GatewayError('upstream_unavailable');
    return found;
  };
  const sso = { ...first.deps.sso, domainProof: createDomainProof({ hash, lookup }) };
  const plane = new ControlPlane({ sso });
  const body = {
    name: 'Acme',
    issuer: 'https://login.acme.example',
    clientId: 'gateway',
    clientSecret: 'secret',
    domains,
  };
  const made = await plane.send('POST', '/api/v1/sso-connections', { as: 'ownerA', body });
  assert.equal(made.status, 201, made.text);
  const { id } = made.json as { id: string };
  const path = `/api/v1/sso-connections/${id}`;
  const proofs = async () =>
    ((await plane.send('GET', `${path}/domains`, { as: 'ownerA' })).json as Proofs).domains;
  const check = (domain: string, headers = {}) =>
    plane.send('POST', `${path}/domains/${domain}/check`, { as: 'ownerA', headers });
  return { plane, path, zone, proofs, check };
}

describe('a domain of a connection', () => {
  test('is verified by its record, and only then leads people there', async () => {
    const { zone, proofs, check, plane } = await open(['acme.example', 'other.example']);
    const discover = () =>
      plane.deps.sso.connections.findByDomain('acme.example').then((one) => one?.name);
    const [first] = await proofs();
    assert.equal(first?.verified, false);
    problemOf(await check('acme.example'), 'conflict');
    assert.equal(await discover(), undefined);
    zone.set('acme.example', ['v=spf1 -all', first?.record ?? '']);
    const done = await check('ACME.example');
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(
      (await proofs()).map(({ verified }) => verified),
      [true, false],
    );
    assert.equal(await discover(), 'Acme');
    const { verifiedDomains, domainsVerified } = done.json as Record<string, unknown>;
    assert.deepEqual([verifiedDomains, domainsVerified], [['acme.example'], false]);
  });

  test('stays verified while it is there, and is checked anew when it comes back', async () => {
    const { zone, proofs, check, plane, path } = await open(['acme.example']);
    const [one] = await proofs();
    zone.set('acme.example', [one?.record ?? '']);
    assert.equal((await check('acme.example')).status, 200);
    const domainsTo = async (...domains: readonly string[]) => {
      const came = await plane.send('PATCH', path, { as: 'ownerA', body: { domains } });
      return (came.json as { verifiedDomains: string[] }).verifiedDomains;
    };
    assert.deepEqual(await domainsTo('acme.example', 'new.example'), ['acme.example']);
    assert.deepEqual(await domainsTo('new.example'), []);
    assert.deepEqual(await domainsTo('acme.example'), []);
  });

  test('is one of those of the connection, and needs name servers and a version', async () => {
    const { zone, check, proofs } = await open(['acme.example']);
    for (const domain of ['foreign.example', 'x', '%2e%2e', 'acme.example%00']) {
      problemOf(await check(domain), 'not_found');
    }
    const [one] = await proofs();
    zone.set('acme.example', [one?.record ?? '']);
    problemOf(await check('acme.example', { 'if-match': '"7"' }), 'conflict');
    zone.delete('acme.example');
    problemOf(await check('acme.example'), 'upstream_unavailable');
  });
});
