import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { objectMember, stringMember, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { resultText, type McpAnswer } from '../support/mcp-post.ts';
import { Browser } from './support/browser.ts';
import { startWorld, type World } from './support/start-world.ts';

const takesUrls = { elicitation: { url: {} } };
const whoami = { name: 'whoami', arguments: {} };

/** The address that an answer asks its user to open. */
function addressIn({ body }: McpAnswer): string {
  const requests = objectMember(objectMember(body, 'result'), 'inputRequests');
  const params = objectMember(objectMember(requests, 'connect'), 'params');
  assert.equal(params?.['mode'], 'url', JSON.stringify(body));
  return stringMember(params, 'url') ?? '';
}

/** The same request once more, with the answer to the question. */
function retry(params: JsonObject, { body }: McpAnswer): JsonObject {
  const requestState = objectMember(body, 'result')?.['requestState'] as Json;
  return { ...params, requestState, inputResponses: { connect: { action: 'accept' } } };
}

describe("users' accounts at a service", () => {
  let world: World;
  before(async () => (world = await startWorld()));
  after(() => world[Symbol.asyncDispose]());

  const register = (slug: string, config: object, secrets: JsonObject = {}) => {
    const own = { url: world.addresses.resource, ...config } as JsonObject;
    const body = { slug, title: `The ${slug}`, kind: 'mcp-http', config: own, secrets };
    return world.api(world.admin, 'POST', '/register-service', body);
  };
  const personal = { credentials: { type: 'authorizationCode', scopes: ['read'] } };
  const connected = async (key: string, slug: string): Promise<string> => {
    const begun = await world.api(key, 'POST', '/api/v1/connections', { service: slug });
    assert.equal(begun.status, 200, JSON.stringify(begun.json));
    const end = await new Browser().connect(stringMember(begun.json, 'url') ?? '');
    assert.equal(end.status, 200, end.text);
    return resultText(await world.call(key, slug, whoami));
  };
  const own = async (key: string) => {
    const { json } = await world.api(key, 'GET', '/api/v1/connections');
    return json['connections'] as readonly JsonObject[];
  };

  test('a call goes on once its user has connected one; nobody else has it', async () => {
    assert.equal((await register('diary', personal)).status, 201);
    const asked = await world.call(world.admin, 'diary', whoami, takesUrls);
    const page = await new Browser().open(addressIn(asked));
    assert.match(page.text, /The diary.*admin/s);
    const again = world.call(world.admin, 'diary', retry(whoami, asked), takesUrls);
    const end = await new Browser().connect(addressIn(asked));
    assert.match(end.text, /is connected/);
    const mine = resultText(await again);
    assert.match(mine, /^account-\d+ /);
    assert.equal(resultText(await world.call(world.admin, 'diary', whoami)), mine);
    const theirs = await world.call(world.other, 'diary', whoami);
    assert.match(JSON.stringify(theirs.body), /Open this address in a browser/);
    const read = { method: 'resources/read', uri: 'diary://mine' };
    assert.match(JSON.stringify((await world.call(world.other, 'diary', read)).body), /Open this/);
    const other = await connected(world.other, 'diary');
    assert.notEqual(other, mine);
    assert.equal(resultText(await world.call(world.admin, 'diary', whoami)), mine);
    const listed = await world.call(world.other, 'diary', { method: 'tools/list' });
    assert.match(JSON.stringify(listed.body), /whoami/);
  });

  test('a legacy client is asked over the same way, by an error or a question', async () => {
    assert.equal((await register('old', { ...personal, era: 'legacy' })).status, 201);
    const first = await connected(world.admin, 'old');
    const second = await connected(world.other, 'old');
    assert.notEqual(first, second);
    assert.equal(resultText(await world.call(world.admin, 'old', whoami)), first);
  });

  test('an address works once, in the browser that opened it', async () => {
    const begin = async () => {
      const body = { service: 'diary' };
      const { json } = await world.api(world.admin, 'POST', '/api/v1/connections', body);
      return stringMember(json, 'url') ?? '';
    };
    const url = await begin();
    assert.equal((await new Browser().connect(url)).status, 200);
    assert.equal((await new Browser().connect(url)).status, 400);
    // The form is submitted in one browser, the way back taken in another.
    const left = await fetch(await begin(), { method: 'POST', redirect: 'manual' });
    const end = await new Browser().open(left.headers.get('location') ?? '');
    assert.equal(end.status, 400);
    assert.match(end.text, /not in this browser/);
    const bare = await fetch(`${world.url}/connect/callback?code=x&state=y`);
    assert.equal(bare.status, 400);
    const policy = (await fetch(await begin())).headers.get('content-security-policy') ?? '';
    assert.match(policy, /frame-ancestors 'none'/);
  });

  test('a step up asks for what is missing besides what was granted', async () => {
    const mine = await connected(world.admin, 'diary');
    assert.equal(mine.includes('write'), false);
    const write = { name: 'write', arguments: {} };
    const asked = await world.call(world.admin, 'diary', write, takesUrls);
    const again = world.call(world.admin, 'diary', retry(write, asked), takesUrls);
    assert.equal((await new Browser().connect(addressIn(asked))).status, 200);
    assert.match(resultText(await again), /^account-\d+ read write$/);
  });

  test('tokens that end are renewed once, however many calls wait for it', async () => {
    await world.setLife(31);
    const mine = await connected(world.other, 'diary');
    const before = (await world.seen()).refreshes;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await world.setLife(3_600);
    const calls = Array.from({ length: 20 }, () => world.call(world.other, 'diary', whoami));
    for (const answer of await Promise.all(calls)) assert.equal(resultText(answer), mine);
    assert.equal((await world.seen()).refreshes, before + 1);
  });

  test('one that is given up is of no use at once, here and at its server', async () => {
    await connected(world.other, 'diary');
    const [connection] = (await own(world.other)).filter((one) => one['service'] === 'diary');
    const path = `/api/v1/connections/${stringMember(connection, 'id') ?? ''}`;
    assert.equal((await world.api(world.admin, 'DELETE', path)).status, 404);
    assert.equal((await world.api(world.other, 'DELETE', path)).status, 204);
    const after = await world.call(world.other, 'diary', whoami);
    assert.match(JSON.stringify(after.body), /Open this address/);
    assert.equal((await world.api(world.other, 'DELETE', path)).status, 404);
  });

  test('keys rotate while calls run, with no error', async () => {
    const mine = await connected(world.admin, 'diary');
    let isOver = false;
    let calls = 0;
    const use = async (): Promise<void> => {
      while (!isOver) {
        assert.equal(resultText(await world.call(world.admin, 'diary', whoami)), mine);
        world.app.credentials.reload(world.app.catalog.allLives()[0]?.service.tenant as never);
        calls++;
      }
    };
    const users = [use(), use(), use()];
    for (let turn = 0; turn < 5; turn++) {
      const body = { dataKeys: true };
      const { status, json } = await world.api(
        world.admin,
        'POST',
        '/api/v1/vault/rotations',
        body,
      );
      assert.deepEqual([status, json['made']], [200, 1]);
    }
    isOver = true;
    await Promise.all(users);
    assert.ok(calls >= 5);
    const refused = await world.api(world.other, 'POST', '/api/v1/vault/rotations', {});
    assert.equal(refused.status, 403);
  });

  test('a service has a credential of its own, for everybody', async () => {
    const credentials = { type: 'clientCredentials', clientId: 'machine', clientSecret: '${S}' };
    const secrets = { S: 'CANARY-machine-secret-0123456789' };
    assert.equal((await register('machine', { credentials }, secrets)).status, 201);
    for (const key of [world.admin, world.other]) {
      assert.match(resultText(await world.call(key, 'machine', whoami)), /^machine /);
    }
  });

  test('secrets and tokens are in no file, log or answer; no key goes upstream', async () => {
    const wrong = { type: 'bearer', token: '${T}' };
    const refused = await register('wrong', { credentials: wrong }, { T: 'CANARY-bearer-token' });
    assert.equal(refused.status, 502);
    const { headers } = await world.seen();
    const upstream = headers.join('\n');
    const sent = [...upstream.matchAll(/Bearer ([^"\\]+)/g)].map(([, token]) => token ?? '');
    assert.ok(sent.includes('CANARY-bearer-token'));
    assert.ok(new Set(sent).size > 5);
    const files = readdirSync(world.directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => /gateway\.db|usage/.test(name))
      .flatMap((name) => {
        try {
          return [readFileSync(join(world.directory, name), 'latin1')];
        } catch {
          return [];
        }
      });
    assert.ok(files.some((text) => text.includes('vault_item')));
    const everything = [...files, ...world.logged, ...world.answered].join('\n');
    for (const secret of new Set([...sent, 'CANARY-'])) {
      assert.equal(everything.includes(secret), false, secret.slice(0, 12));
    }
    for (const key of [world.admin, world.other]) assert.equal(upstream.includes(key), false);
  });
});
