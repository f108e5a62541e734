import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Caller,
  callers,
  ControlPlane,
  problemOf,
} from '../../../../../test/support/control-plane.ts';
import { urns } from './scim-protocol.ts';

const GROUPS = '/scim/v2/Groups';

interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly members?: readonly { readonly value: string }[];
}

async function setUp() {
  const plane = new ControlPlane();
  const send = (method: string, path: string, body?: object, as: Caller = 'adminA') =>
    plane.send(method, path, { as, ...(body === undefined ? {} : { body }) });
  const user = async (userName: string): Promise<string> => {
    const came = await send('POST', '/scim/v2/Users', { schemas: [urns.user], userName });
    return (came.json as Group).id;
  };
  // Members are sorted by their ids.
  const made = [await user('ada'), await user('bob'), await user('cleo')].toSorted();
  const users = made as [string, string, string];
  const body = { schemas: [urns.group], displayName: 'Desk', externalId: 'ext-1', members: [] };
  const came = await send('POST', GROUPS, body);
  assert.equal(came.status, 201, came.text);
  const { id } = came.json as Group;
  const patch = (...operations: object[]) =>
    send('PATCH', `${GROUPS}/${id}`, { schemas: [urns.patch], Operations: operations });
  const members = async (): Promise<readonly string[]> => {
    const { json } = await send('GET', `${GROUPS}/${id}`);
    return ((json as Group).members ?? []).map(({ value }) => value);
  };
  return { plane, send, users, id, body, patch, members };
}

describe('groups that SCIM keeps', () => {
  test('get and lose members as Entra ID and Okta send them', async () => {
    const { users, patch, members } = await setUp();
    const [ada, bob, cleo] = users;
    const value = [{ value: ada }, { value: bob }];
    assert.equal((await patch({ op: 'Add', path: 'members', value })).status, 200);
    assert.equal((await patch({ op: 'add', path: 'members', value })).status, 200);
    assert.deepEqual(await members(), [ada, bob]);
    await patch({ op: 'remove', path: `members[value eq "${ada}"]` });
    assert.deepEqual(await members(), [bob]);
    await patch({ op: 'replace', path: 'members', value: [{ value: ada }, { value: cleo }] });
    assert.deepEqual(await members(), [ada, cleo]);
    await patch({ op: 'Remove', path: 'members', value: [{ value: cleo }] });
    assert.deepEqual(await members(), [ada]);
    await patch({ op: 'Remove', path: 'members' });
    assert.deepEqual(await members(), []);
  });

  test('are renamed, replaced, found and removed', async () => {
    const { plane, send, users, id, body, patch, members } = await setUp();
    const came = await patch({ op: 'replace', value: { id, displayName: 'Help' } });
    assert.equal((came.json as Group).displayName, 'Help', came.text);
    const members3 = users.map((value) => ({ value }));
    const put = await send('PUT', `${GROUPS}/${id}`, { ...body, members: members3 });
    assert.equal((put.json as Group).displayName, 'Desk', put.text);
    assert.equal((await members()).length, 3);
    const query = 'excludedAttributes=members&filter=externalId eq "ext-1"';
    const { json } = await send('GET', `${GROUPS}?${query}`);
    const [found] = (json as { Resources: Group[] }).Resources;
    assert.equal(found?.id, id);
    assert.equal(found?.members, undefined);
    problemOf(await send('POST', GROUPS, body), 'conflict');
    problemOf(await send('GET', `${GROUPS}?filter=members eq "x"`), 'invalid_params');
    assert.equal((await send('DELETE', `${GROUPS}/${id}`)).status, 204);
    assert.equal(await plane.identity.groups.get(callers.adminA.tenant, id), undefined);
  });

  test('give the roles that an administrator gave them, to users of SCIM alone', async () => {
    const { plane, send, users, id, patch, members } = await setUp();
    const [ada] = users;
    const { tenant } = callers.adminA;
    const roles = { roles: ['viewer'] };
    assert.equal((await send('PATCH', `/api/v1/groups/${id}`, roles)).status, 200);
    await patch({ op: 'add', path: 'members', value: [{ value: ada }] });
    const standing = await plane.identity.members.standing(tenant, { kind: 'user', id: ada });
    assert.deepEqual(standing?.roles, ['viewer']);
    for (const value of ['usr_a_member', 'usr_b_admin', 'usr_none']) {
      const came = await patch({ op: 'add', path: 'members', value: [{ value }] });
      const problem = problemOf(came, 'invalid_params');
      assert.equal('scimType' in problem && problem.scimType, 'invalidValue');
    }
    // Whom an administrator put into it is not seen, and stays.
    await plane.identity.groups.addMember(tenant, id, 'usr_a_member');
    assert.deepEqual(await members(), [ada]);
    await patch({ op: 'replace', path: 'members', value: [] });
    assert.deepEqual(await plane.identity.groups.members(tenant, id), ['usr_a_member']);
  });

  test('of others are not there', async () => {
    const { plane, send, id } = await setUp();
    const local = await send('POST', '/api/v1/groups', { name: 'Local', roles: [] });
    const { id: localId } = local.json as Group;
    const Operations = [{ op: 'replace', path: 'displayName', value: 'x' }];
    for (const [as, group] of [
      ['adminA', localId],
      ['adminB', id],
    ] as const) {
      const path = `${GROUPS}/${group}`;
      problemOf(await send('GET', path, undefined, as), 'not_found');
      problemOf(await send('PATCH', path, { schemas: [urns.patch], Operations }, as), 'not_found');
      problemOf(await send('DELETE', path, undefined, as), 'not_found');
    }
    assert.equal((await plane.identity.groups.list(callers.adminA.tenant)).length, 2);
  });
});

describe('what SCIM says of itself', () => {
  test('names what it can do, its resources and their attributes', async () => {
    const { send } = await setUp();
    const { json, headers } = await send('GET', '/scim/v2/ServiceProviderConfig');
    assert.equal(headers.get('content-type'), 'application/scim+json');
    assert.deepEqual((json as Record<string, unknown>)['patch'], { supported: true });
    for (const [path, ids] of [
      ['ResourceTypes', ['User', 'Group']],
      ['Schemas', [urns.user, urns.group]],
    ] as const) {
      const came = await send('GET', `/scim/v2/${path}`);
      const listed = (came.json as { Resources: Group[] }).Resources.map((one) => one.id);
      assert.deepEqual(listed, ids);
      for (const id of ids) assert.equal((await send('GET', `/scim/v2/${path}/${id}`)).status, 200);
      problemOf(await send('GET', `/scim/v2/${path}/none`), 'not_found');
    }
  });
});
