import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RpcError } from '../../src/kernel/errors.ts';
import { objectMember, type JsonObject } from '../../src/kernel/json.ts';
import type { PolicyRuleInput } from '../../src/policy/store.ts';
import { complete, FakeUpstream } from '../support/fake-upstream.ts';
import { envelope, post, type McpAnswer } from '../support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../support/start-doors.ts';
import type { TestCaller } from '../support/test-principal.ts';

/** Who calls; the names are their keys too. */
const callers = {
  viewer: { role: 'viewer', user: 'usr_viewer' },
  developer: { role: 'developer', user: 'usr_developer' },
  admin: { role: 'admin', user: 'usr_admin' },
  scoped: {
    role: 'developer',
    user: 'usr_scoped',
    scopes: ['mcp.use'],
    access: { tools: ['orders__*'] },
  },
  unscoped: { role: 'admin', user: 'usr_unscoped', scopes: ['services.read'] },
  program: { role: 'developer', user: 'sva_program', kind: 'service_account' },
  stranger: { role: 'admin', user: 'usr_admin', tenant: 'ten_b' },
} as const satisfies Readonly<Record<string, TestCaller>>;

type Name = keyof typeof callers;

const rules: readonly Omit<PolicyRuleInput, 'effect' | 'enabled'>[] = [
  {
    name: 'viewers change nothing',
    subjects: { roles: ['viewer'] },
    annotations: { readOnlyHint: false },
  },
  { name: 'the vault is for administrators', services: ['vault'], except: { roles: ['admin'] } },
  {
    name: 'no large payments',
    tools: ['orders__pay'],
    except: { users: ['usr_admin'] },
    conditions: [{ pointer: '/amount', is: 'gt', value: 100 }],
  },
  {
    name: 'programs do not greet in French',
    subjects: { serviceAccounts: ['sva_program'] },
    prompts: ['*__greet'],
    conditions: [{ pointer: '/language', is: 'eq', value: 'fr' }],
  },
  {
    name: 'the secret file is for nobody with that key',
    subjects: { grants: ['key_developer'] },
    resources: ['orders://secret'],
  },
];

const people: readonly Name[] = ['viewer', 'developer', 'admin', 'scoped', 'program'];

/** What is tried, and who alone may do it; `absent` is the same of something that is not there. */
interface Trial {
  readonly method: string;
  readonly params: JsonObject;
  readonly absent: JsonObject;
  readonly who: readonly Name[];
}

const call = (name: string, who: readonly Name[], args: JsonObject = {}): Trial => ({
  method: 'tools/call',
  params: { name, arguments: args },
  absent: { name: 'absent__thing', arguments: args },
  who,
});
const greet = (who: readonly Name[], language: string): Trial => ({
  method: 'prompts/get',
  params: { name: 'orders__greet', arguments: { language } },
  absent: { name: 'absent__thing', arguments: {} },
  who,
});
const read = (uri: string, who: readonly Name[]): Trial => ({
  method: 'resources/read',
  params: { uri },
  absent: { uri: 'absent://thing' },
  who,
});
const completes = (uri: string, who: readonly Name[]): Trial => {
  const argument = { name: 'id', value: '' };
  const ref = (of: string): JsonObject => ({ ref: { type: 'ref/resource', uri: of }, argument });
  return { method: 'completion/complete', params: ref(uri), absent: ref('absent://{x}'), who };
};

const writers: readonly Name[] = ['developer', 'admin', 'scoped', 'program'];
const readers: readonly Name[] = ['viewer', 'developer', 'admin', 'program'];
const trials: readonly Trial[] = [
  call('orders__get', people),
  call('orders__pay', writers, { amount: 100 }),
  call('orders__pay', ['admin'], { amount: 101 }),
  call('orders__pay', ['admin'], { amount: '5' }),
  call('orders__pay', ['admin']),
  call('vault__get', ['admin']),
  greet(readers, 'en'),
  greet(['viewer', 'developer', 'admin'], 'fr'),
  read('orders://open', readers),
  read('orders://secret', ['viewer', 'admin', 'program']),
  read('vault://open', ['admin']),
  completes('orders://{id}', readers),
  completes('vault://{id}', ['admin']),
];

const lists: Readonly<Record<string, (slug: string) => readonly string[]>> = {
  'tools/list': (slug) => [`${slug}__get`, `${slug}__pay`],
  'prompts/list': (slug) => [`${slug}__greet`],
  'resources/list': (slug) => [`${slug}://open`, `${slug}://secret`],
  'resources/templates/list': (slug) => [`${slug}://{id}`],
};

/** What each caller finds in each list. */
function listed(name: Name, method: string): readonly string[] {
  if (!people.includes(name)) return [];
  const slugs = name === 'admin' ? ['orders', 'vault'] : ['orders'];
  const all = slugs.flatMap((slug) => lists[method]?.(slug) ?? []);
  if (name === 'scoped' && method !== 'tools/list') return [];
  const hidden = { viewer: 'orders__pay', developer: 'orders://secret' }[name as 'viewer'];
  return all.filter((one) => one !== hidden);
}

function upstreamOf(slug: string): FakeUpstream {
  const ok = () => complete({ content: [], messages: [], contents: [] });
  return new FakeUpstream({
    'tools/list': () =>
      complete({
        tools: [
          { name: 'get', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
          { name: 'pay', inputSchema: { type: 'object' } },
        ],
      }),
    'prompts/list': () => complete({ prompts: [{ name: 'greet' }] }),
    'resources/list': () =>
      complete({
        resources: ['open', 'secret'].map((name) => ({ name, uri: `${slug}://${name}` })),
      }),
    'resources/templates/list': () =>
      complete({ resourceTemplates: [{ name: 't', uriTemplate: `${slug}://{id}` }] }),
    'tools/call': ok,
    'prompts/get': ok,
    'resources/read': ({ params }) => {
      const uri = params['uri'] as string;
      if (uri.startsWith(`${slug}:`)) return ok();
      throw new RpcError(-32602, `Resource not found: ${uri}`);
    },
    'completion/complete': () => complete({ completion: { values: [] } }),
  });
}

describe('roles, keys and programs under rules', () => {
  let doors: RunningDoors;
  const upstreams = { orders: upstreamOf('orders'), vault: upstreamOf('vault') };
  before(async () => {
    doors = await startDoors();
    for (const [slug, upstream] of Object.entries(upstreams)) await doors.add(slug, upstream);
    for (const [name, caller] of Object.entries(callers)) {
      doors.callers.set(name, { grant: `key_${name}`, ...caller });
    }
    const made = { tenant: doors.tenant, createdAtMs: 0, updatedAtMs: 0, version: 1 };
    for (const [index, rule] of rules.entries()) {
      const own = { id: `pol_${index}`, effect: 'deny', enabled: true } as const;
      doors.policies.put(doors.tenant, [{ ...rule, ...made, ...own }]);
    }
  });
  after(() => doors[Symbol.asyncDispose]());

  const ask = async (who: Name, method: string, params: JsonObject = {}): Promise<McpAnswer> => {
    const named = params['name'] ?? params['uri'];
    const headers = {
      authorization: `Bearer ${who}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof named === 'string' ? { 'mcp-name': named } : {}),
    };
    const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: envelope() } };
    return await post(`${doors.url}/mcp`, body, headers);
  };
  const saidOf = (answer: McpAnswer, params: JsonObject): string => {
    const text = JSON.stringify([answer.status, answer.body?.['error']]);
    const names = [params['name'], params['uri']].filter((one) => typeof one === 'string');
    return names.reduce((rest, name) => rest.replaceAll(name, '…'), text);
  };

  for (const who of Object.keys(callers) as Name[]) {
    test(`${who} can do what is left to it, and nothing else is there`, async () => {
      let [allowed, refused] = [0, 0];
      const isLimited = who === 'unscoped';
      for (const { method, params, absent, who: may } of trials) {
        const title = `${who} ${method} ${JSON.stringify(params)}`;
        const owner = JSON.stringify(params).includes('vault') ? upstreams.vault : upstreams.orders;
        const before = owner.requests.length;
        const answer = await ask(who, method, params);
        const asked = owner.requests.length - before;
        if (may.includes(who)) {
          allowed++;
          assert.ok(answer.body?.['result'] !== undefined, `${title}: ${saidOf(answer, params)}`);
          continue;
        }
        refused++;
        assert.equal(asked, 0, title);
        if (isLimited) {
          assert.equal(objectMember(answer.body, 'error')?.['code'], 4031);
          continue;
        }
        const known = await ask(who, method, absent);
        assert.equal(saidOf(answer, params), saidOf(known, absent), title);
      }
      assert.equal(allowed + refused, trials.length);
      if (isLimited) return;
      for (const method of Object.keys(lists)) {
        const { body } = await ask(who, method);
        const [items] = Object.values((body?.['result'] ?? {}) as JsonObject).filter(Array.isArray);
        const found = (items as readonly JsonObject[]).map((item) => {
          const uri = item['uri'] ?? item['uriTemplate'];
          return uri ?? item['name'];
        });
        assert.deepEqual(found, listed(who, method), `${who} ${method}`);
      }
      const { body } = await ask(who, 'server/discover');
      const { capabilities } = (body?.['result'] ?? {}) as { capabilities?: JsonObject };
      const isThere = who !== 'stranger' && who !== 'scoped';
      assert.equal('prompts' in (capabilities ?? {}), isThere, `${who} ${JSON.stringify(body)}`);
    });
  }

  test('a changed rule is gone by at once, by callers that are remembered too', async () => {
    const get = async () => 'result' in ((await ask('viewer', 'tools/call', pay)).body ?? {});
    const pay = { name: 'orders__pay', arguments: { amount: 1 } };
    assert.equal(await get(), false);
    const id = 'pol_0';
    const rule = { ...rules[0], id, effect: 'deny', enabled: false, version: 2 } as const;
    const times = { tenant: doors.tenant, name: 'off', createdAtMs: 0, updatedAtMs: 0 };
    doors.policies.put(doors.tenant, [{ ...rule, ...times }]);
    assert.equal(await get(), true);
    doors.policies.put(doors.tenant, [{ ...rule, ...times, enabled: true, version: 3 }]);
    assert.equal(await get(), false);
  });
});
