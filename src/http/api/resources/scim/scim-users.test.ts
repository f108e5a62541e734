import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Caller,
  callers,
  ControlPlane,
  problemOf,
} from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';
import { urns } from './scim-protocol.ts';

const USERS = '/scim/v2/Users';
const JSON_TYPE = { 'Content-Type': 'application/scim+json; charset=utf-8' };

interface User {
  readonly id: string;
  readonly userName: string;
  readonly externalId?: string;
  readonly displayName: string;
  readonly active: boolean;
  readonly emails?: readonly { readonly value: string }[];
  readonly meta: { readonly version: string; readonly location: string };
}

/** A user as Okta makes one. */
const okta = {
  schemas: [urns.user],
  userName: 'Ada@Example.com',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ primary: true, value: 'ada@example.com', type: 'work' }],
  displayName: 'Ada Lovelace',
  locale: 'en-US',
  externalId: '00ujl29u0le5T6Aj10h7',
  groups: [],
  password: '1mz050nq',
  active: true,
};
/** A user as Entra ID makes one. */
const entra = {
  schemas: [urns.user, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'],
  externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
  userName: 'Bob@example.com',
  active: true,
  meta: { resourceType: 'User' },
  name: { formatted: 'Bob Stone', familyName: 'Stone', givenName: 'Bob' },
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Sales' },
  title: 'Seller',
};

function setUp() {
  const plane = new ControlPlane();
  const send = (method: string, path: string, body?: object, as: Caller = 'adminA', more = {}) =>
    plane.send(method, path, {
      as,
      headers: body === undefined ? more : { ...JSON_TYPE, ...more },
      ...(body === undefined ? {} : { body }),
    });
  const make = async (body: object): Promise<User> => {
    const came = await send('POST', USERS, body);
    assert.equal(came.status, 201, came.text);
    return came.json as User;
  };
  const patch = (id: string, ...operations: object[]) =>
    send('PATCH', `${USERS}/${id}`, { schemas: [urns.patch], Operations: operations });
  const find = async (query: string): Promise<readonly string[]> => {
    const came = await send('GET', `${USERS}?${query}`);
    assert.equal(came.status, 200, came.text);
    return (came.json as { Resources: User[] }).Resources.map((one) => one.userName).toSorted();
  };
  return { plane, send, make, patch, find };
}

describe('users that SCIM keeps', () => {
  test('are made as Okta and Entra ID send them, and never over an account there is', async () => {
    const { plane, send, make } = setUp();
    const ada = await make(okta);
    assert.equal(ada.userName, 'ada@example.com');
    assert.equal(ada.displayName, 'Ada Lovelace');
    assert.equal(ada.externalId, okta.externalId);
    assert.equal((await make(entra)).displayName, 'Bob Stone');
    const { tenant } = callers.adminA;
    const member = await plane.identity.members.get(tenant, ada.id);
    assert.equal(member?.membership.source, 'scim');
    assert.deepEqual(member?.membership.roles, []);
    assert.equal(member?.account.passwordHash, null);
    const again = problemOf(await send('POST', USERS, okta), 'conflict');
    assert.equal('scimType' in again && again.scimType, 'uniqueness');
    const sameMail = { ...okta, userName: 'other', externalId: 'x' };
    problemOf(await send('POST', USERS, sameMail), 'conflict');
    const sameId = { schemas: [urns.user], userName: 'third', externalId: okta.externalId };
    problemOf(await send('POST', USERS, sameId), 'conflict');
    const local = { schemas: [urns.user], userName: 'usr-a-member' };
    problemOf(await send('POST', USERS, local), 'conflict');
    problemOf(await send('POST', USERS, { ...okta, userName: 'no name' }), 'invalid_params');
    problemOf(await send('POST', USERS, { ...okta, nonsense: 1 }), 'invalid_params');
    problemOf(await send('POST', USERS, { userName: 'x' }), 'invalid_params');
  });

  test('are changed as Entra ID and Okta do it', async () => {
    const { make, patch, send } = setUp();
    const { id } = await make(entra);
    const off = await patch(id, { op: 'Replace', path: 'active', value: 'False' });
    assert.equal((off.json as User).active, false, off.text);
    const on = await patch(id, { op: 'replace', value: { active: true } });
    assert.equal((on.json as User).active, true, on.text);
    const mail = { op: 'Add', path: 'emails[type eq "work"].value', value: 'Bob@Mail.example' };
    assert.deepEqual((await patch(id, mail)).json, {
      ...(on.json as User),
      emails: [{ value: 'bob@mail.example', type: 'work', primary: true }],
      meta: { ...(on.json as User).meta, version: '"4"' },
    });
    const names = { 'name.formatted': 'Robert Stone', externalId: 'new' };
    const renamed = (await patch(id, { op: 'Replace', value: names })).json as User;
    assert.equal(renamed.displayName, 'Robert Stone');
    assert.equal(renamed.externalId, 'new');
    const gone = (await patch(id, { op: 'Remove', path: 'emails' })).json as User;
    assert.equal(gone.emails, undefined);
    problemOf(await patch(id, { op: 'remove', path: 'userName' }), 'invalid_params');
    problemOf(await patch(id, { op: 'replace', path: 'id', value: 'x' }), 'invalid_params');
    problemOf(await patch(id, { op: 'replace', path: 'wings', value: 2 }), 'invalid_params');
    const put = await send('PUT', `${USERS}/${id}`, { ...okta, id });
    assert.equal((put.json as User).userName, 'ada@example.com', put.text);
  });

  test('are found by filters, a page at a time', async () => {
    const { make, find, send } = setUp();
    await make(okta);
    await make(entra);
    const all = ['ada@example.com', 'bob@example.com'];
    assert.deepEqual(await find('filter=userName eq "BOB@example.com"'), all.slice(1));
    assert.deepEqual(await find('filter=externalId eq "00ujl29u0le5T6Aj10h7"'), all.slice(0, 1));
    assert.deepEqual(await find('filter=externalId eq "00UJL29u0le5T6Aj10h7"'), []);
    assert.deepEqual(await find('filter=emails.value co "ADA@"'), all.slice(0, 1));
    assert.deepEqual(await find('filter=emails[type eq "work"]'), all.slice(0, 1));
    assert.deepEqual(await find('filter=active eq true and displayName sw "bob"'), all.slice(1));
    assert.deepEqual(await find('filter=userName sw "ada" or userName sw "bob"'), all);
    assert.deepEqual(await find('filter=userName eq "usr-a-member"'), []);
    const pages = [await find('startIndex=1&count=1'), await find('startIndex=2&count=1')];
    assert.deepEqual(pages.flat().toSorted(), all);
    assert.deepEqual(await find('count=0'), []);
    const broken = await send('GET', `${USERS}?filter=userName eq`);
    const problem = problemOf(broken, 'invalid_params');
    assert.equal('scimType' in problem && problem.scimType, 'invalidFilter');
    problemOf(await send('GET', `${USERS}?filter=wings eq 2`), 'invalid_params');
    const few = await send('GET', `${USERS}?attributes=userName`);
    const [first] = (few.json as { Resources: object[] }).Resources;
    assert.deepEqual(Object.keys(first ?? {}), ['schemas', 'id', 'userName', 'meta']);
  });

  test('of others are not there: local ones and those of another tenant', async () => {
    const { make, send } = setUp();
    const { id } = await make(okta);
    for (const [as, user] of [
      ['adminA', 'usr_a_member'],
      ['adminB', id],
    ] as const) {
      const path = `${USERS}/${user}`;
      const Operations = [{ op: 'replace', path: 'active', value: false }];
      problemOf(await send('GET', path, undefined, as), 'not_found');
      problemOf(await send('PUT', path, okta, as), 'not_found');
      problemOf(await send('PATCH', path, { schemas: [urns.patch], Operations }, as), 'not_found');
      problemOf(await send('DELETE', path, undefined, as), 'not_found');
    }
  });

  test('are changed for one version, and lose what they have open', async () => {
    const { plane, make, send, patch } = setUp();
    const { id, meta } = await make(okta);
    const { tenant } = callers.adminA;
    const made = { tenant, userId: id, clientId: null, scopes: null, access: [], resource: null };
    const times = { createdAtMs: 1, expiresAtMs: 2, revokedAtMs: null };
    await plane.identity.grants.insert(tenant, { ...made, ...times, id: 'grt_1', kind: 'login' });
    const stale = { 'If-Match': '"7"' };
    problemOf(await send('PUT', `${USERS}/${id}`, okta, 'adminA', stale), 'precondition_failed');
    const fresh = { 'If-Match': meta.version };
    assert.equal((await send('PUT', `${USERS}/${id}`, okta, 'adminA', fresh)).status, 200);
    assert.equal((await patch(id, { op: 'replace', path: 'active', value: false })).status, 200);
    const subject = { kind: 'user', id } as const;
    assert.equal(await plane.identity.members.standing(tenant, subject), undefined);
    assert.notEqual((await plane.identity.grants.get(tenant, 'grt_1'))?.revokedAtMs, null);
    assert.ok(plane.calls.includes('revoked ten_a grt_1'));
    const { active: _active, ...silent } = okta;
    const put = await send('PUT', `${USERS}/${id}`, silent);
    assert.equal((put.json as User).active, false, put.text);
    assert.equal((await send('DELETE', `${USERS}/${id}`)).status, 204);
    problemOf(await send('GET', `${USERS}/${id}`), 'not_found');
    // Login, email and external id are free again.
    assert.notEqual((await make(okta)).id, id);
  });

  test('who have roles of their own are renamed and restored by who has those', async () => {
    const { plane, make, patch, send } = setUp();
    const { id } = await make(okta);
    const { tenant } = callers.adminA;
    await plane.identity.members.update(tenant, id, { roles: ['owner'] });
    problemOf(await patch(id, { op: 'replace', path: 'emails', value: [] }), 'forbidden');
    assert.equal((await patch(id, { op: 'replace', path: 'active', value: false })).status, 200);
    problemOf(await patch(id, { op: 'replace', path: 'active', value: true }), 'forbidden');
    await plane.identity.members.update(tenant, id, { status: 'active' });
    await plane.identity.members.remove(tenant, 'usr_a_owner', { atMs: 1 });
    problemOf(await patch(id, { op: 'replace', path: 'active', value: false }), 'conflict');
    problemOf(await send('DELETE', `${USERS}/${id}`), 'conflict');
  });

  test('stay what they are while they are in another tenant too', async () => {
    const { plane, make, patch } = setUp();
    const { id } = await make(okta);
    const { tenant } = callers.adminB;
    const made = { tenant, userId: id, roles: [], createdAtMs: 1, version: 1, externalId: null };
    await plane.identity.members.add(tenant, { ...made, status: 'active', source: 'local' });
    problemOf(await patch(id, { op: 'replace', path: 'userName', value: 'eve' }), 'invalid_params');
    assert.equal((await patch(id, { op: 'replace', path: 'active', value: false })).status, 200);
    const there = await plane.identity.members.get(tenant, id);
    assert.equal(there?.membership.status, 'active');
  });

  test('have scimTextCharactersMax, scimOperationsMax, scimFilterCharactersMax', async () => {
    const { make, patch, send, find } = setUp();
    const longest = 'x'.repeat(limits.scimTextCharactersMax);
    const { id } = await make({ ...okta, externalId: longest });
    const longer = { ...entra, externalId: `${longest}x` };
    problemOf(await send('POST', USERS, longer), 'invalid_params');
    const step = { op: 'replace', path: 'active', value: true };
    const most = Array.from({ length: limits.scimOperationsMax }, () => step);
    assert.equal((await patch(id, ...most)).status, 200);
    problemOf(await patch(id, ...most, step), 'invalid_params');
    const bare = 'displayName eq ""';
    const wide = `displayName eq "${'x'.repeat(limits.scimFilterCharactersMax - bare.length)}"`;
    assert.deepEqual(await find(`filter=${wide}`), []);
    problemOf(await send('GET', `${USERS}?filter=${wide} `.replace('"x', '"xx')), 'invalid_params');
  });

  test('come scimPageItems at a time at most', async () => {
    const { make, find } = setUp();
    for (let index = 0; index <= limits.scimPageItems; index += 1) {
      await make({ schemas: [urns.user], userName: `user-${index}` });
    }
    assert.equal((await find('count=9999')).length, limits.scimPageItems);
    assert.equal((await find(`count=${limits.scimPageItems}`)).length, limits.scimPageItems);
    assert.equal((await find(`startIndex=${limits.scimPageItems + 1}`)).length, 1);
  });
});
