import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { worldBundles } from './bundles.ts';
import { httpSend } from './http-send.ts';
import { itemsOfKind, worldServices, type Item } from './items.ts';
import { Matrix, withoutName, type Cell } from './matrix.ts';
import { nameAt } from './mcp-cells.ts';
import type { Place } from './oracle.ts';
import type { TestedView } from './tested-views.ts';
import { startWorld, type World } from './world.ts';

const CELLS_MIN = 150;
const METHODS = [
  'call',
  'GET /services',
  'GET /services/{}',
  'POST /api/v1/services/{}/refresh',
  'GET /api/v1/bundles',
  'GET /api/v1/bundles/{}',
  'GET /bundles/{}/openapi.json',
  'POST /sessions',
  'GET /api/v1/usage',
  'GET /api/v1/keys',
];

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
}

interface Tried {
  readonly door: string;
  readonly method: string;
  readonly path: (name: string) => string;
  readonly name: string;
  readonly body?: (name: string) => unknown;
  /** What the answer must say, or undefined when it must be as of something that is not there. */
  readonly shown: ((answer: Answer) => void) | undefined;
}

const ABSENT = 'absent-thing';
const slugsOf = (list: unknown): string[] =>
  (list as readonly { slug: string }[]).map(({ slug }) => slug).toSorted();

describe('plain HTTP and the control plane show a caller its view and nothing else', () => {
  let world: World;
  const matrix = new Matrix();
  before(async () => {
    world = await startWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  const send = async (view: TestedView, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${view.token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = await httpSend(`${world.doors.url}${path}`, method, headers, sent);
    const { status, text } = answer;
    const json = (text === '' ? {} : JSON.parse(text)) as Answer['json'];
    return { status, json, text: `${JSON.stringify(answer.headers)}${text}` };
  };

  const tryOne = async (view: TestedView, tried: Tried): Promise<void> => {
    const { door, name, shown, path, body, method } = tried;
    const [verb = 'POST'] = method === 'call' ? [] : method.split(' ');
    const answer = await send(view, verb, path(name), body?.(name));
    const cell: Cell = { door, method, view, name };
    matrix.search(cell, answer.text);
    if (shown !== undefined) {
      matrix.show(cell, () => shown(answer));
      return;
    }
    const known = await send(view, verb, path(ABSENT), body?.(ABSENT));
    matrix.refuse(cell, () => {
      assert.ok(answer.status >= 400, answer.text);
      const { status, json } = answer;
      assert.deepEqual(
        [status, withoutName(json, name)],
        [known.status, withoutName(known.json, ABSENT)],
      );
    });
  };

  const visit = (
    name: string,
    trials: (view: TestedView) => readonly Tried[] | Promise<readonly Tried[]>,
  ): void => {
    test(name, async () => {
      for (const view of world.views) {
        for (const tried of await trials(view)) await tryOne(view, tried);
      }
      assert.deepEqual(matrix.wrong.slice(0, 5), []);
    });
  };

  visit('tools by POST', (view) => {
    const services = worldServices.map(({ slug }): Place => ({ kind: 'service', slug }));
    const bundles = worldBundles.map(({ slug }): Place => ({ kind: 'bundle', slug }));
    return [...services, ...bundles].flatMap((place) => callsOf(view, place));
  });

  visit('tools by the plain messages of a session', async (view) => {
    const { status, json } = await send(view, 'POST', '/sessions', {});
    assert.equal(status, 201);
    const path = `/sessions/${json['id'] as string}/messages`;
    return itemsOfKind('tool').map((item) => ({
      door: 'messages of a session',
      method: 'call',
      name: nameAt({ kind: 'all' }, item),
      path: () => path,
      body: (tool) => ({ tool, arguments: {} }),
      shown: view.oracle.shows(item) ? (answer) => assertCalled(answer, item) : undefined,
    }));
  });

  visit('services', ({ oracle }) =>
    worldServices.flatMap(({ slug, items }): Tried[] => {
      const isThere = oracle.hasService(slug);
      const shown = ({ status, json }: Answer): void => {
        assert.equal(status, 200);
        const tools = items.filter((item) => item.kind === 'tool' && oracle.shows(item));
        const names = (json['tools'] as readonly { name: string }[]).map((tool) => tool.name);
        assert.deepEqual(
          names,
          tools.map(({ key }) => key),
        );
        const config = items.find(({ key }) => key === 'config')?.marker;
        const { about } = json['config'] as { about?: string };
        assert.equal(about, oracle.isWhole(slug) ? config : undefined);
      };
      const one = { door: 'services', name: slug, shown: isThere ? shown : undefined };
      return [
        { ...one, method: 'GET /services/{}', path: (name) => `/services/${name}` },
        {
          ...one,
          method: 'POST /api/v1/services/{}/refresh',
          path: (name) => `/api/v1/services/${name}/refresh`,
        },
        {
          door: 'sessions',
          method: 'POST /sessions',
          name: slug,
          path: () => '/sessions',
          body: (name) => ({ services: [name], expiresInSeconds: 1 }),
          shown: isThere ? ({ status }) => assert.equal(status, 201) : undefined,
        },
      ];
    }),
  );

  visit('bundles', ({ oracle }) =>
    worldBundles.flatMap((bundle): Tried[] => {
      const { slug, description } = bundle;
      const seen = oracle.bundleItems(bundle);
      const isWhole = seen.length === bundle.items.length;
      const tools = seen.filter(({ item }) => item.kind === 'tool');
      const shown = ({ status, json }: Answer): void => {
        assert.equal(status, 200);
        assert.equal((json['items'] as readonly unknown[]).length, seen.length);
        assert.equal(json['description'], isWhole ? description : '');
      };
      const described = ({ status, json }: Answer): void => {
        assert.equal(status, 200);
        const info = json['info'] as { description?: string };
        assert.equal(info.description, isWhole ? description : undefined);
        assert.equal(Object.keys(json['paths'] as object).length, tools.length);
      };
      const one = { door: 'bundles', name: slug };
      const isThere = seen.length > 0;
      return [
        {
          ...one,
          method: 'GET /api/v1/bundles/{}',
          path: (name) => `/api/v1/bundles/${name}`,
          shown: isThere ? shown : undefined,
        },
        {
          ...one,
          method: 'GET /bundles/{}/openapi.json',
          path: (name) => `/bundles/${name}/openapi.json`,
          shown: isThere ? described : undefined,
        },
      ];
    }),
  );

  visit('lists', ({ oracle, name }) => {
    const services = worldServices
      .map(({ slug }) => slug)
      .filter((slug) => oracle.hasService(slug));
    const bundles = worldBundles.filter((bundle) => oracle.bundleItems(bundle).length > 0);
    const list = (method: string, member: string, slugs: readonly string[]): Tried => ({
      door: member,
      method,
      name: '',
      path: () => method.replace('GET ', ''),
      shown: ({ json }) => assert.deepEqual(slugsOf(json[member]), slugs.toSorted()),
    });
    const own = { door: 'keys', method: 'GET /api/v1/keys', name: '', path: () => '/api/v1/keys' };
    return [
      list('GET /services', 'services', services),
      list(
        'GET /api/v1/bundles',
        'bundles',
        bundles.map(({ slug }) => slug),
      ),
      {
        ...own,
        shown: ({ status, text }) => {
          assert.equal(status, 200);
          assert.equal(text.includes(`named ${name}`), true);
        },
      },
    ];
  });

  test('what is about the tenant as a whole is forbidden to who sees a part of it', async () => {
    const forbidden: readonly (readonly [string, string, unknown?])[] = [
      ['GET', '/api/v1/usage'],
      ['GET', '/api/v1/usage/summary'],
      ['POST', '/register-service', { url: 'https://mcp.example.com/mcp' }],
      ['PATCH', '/api/v1/services/orders', { title: 'x' }],
      ['DELETE', '/api/v1/services/orders'],
      ['POST', '/api/v1/services/vault/disable'],
      ['POST', '/api/v1/bundles', { slug: 'x', title: 'x', items: [] }],
      ['PATCH', '/api/v1/bundles/safe', { title: 'x' }],
      ['DELETE', '/api/v1/bundles/safe'],
    ];
    for (const view of world.views) {
      for (const [verb, path, body] of forbidden) {
        if (!view.oracle.isLimited && verb !== 'GET') continue;
        const answer = await send(view, verb, path, body);
        const cell: Cell = { door: 'forbidden', method: `${verb} ${path}`, view };
        matrix.search(cell, answer.text);
        if (!view.oracle.isLimited) matrix.show(cell, () => assert.equal(answer.status, 200));
        else matrix.refuse(cell, () => assert.equal(answer.status, 403, answer.text));
      }
    }
  });

  test('and every cell was tried', (context) => {
    const seen = { doors: 8, views: world.views.length, methods: METHODS };
    context.diagnostic(matrix.finish({ ...seen, cells: CELLS_MIN }));
  });

  function callsOf({ oracle }: TestedView, place: Place): readonly Tried[] {
    if (place.kind !== 'service' && place.kind !== 'bundle') return [];
    const start = `/${place.kind}s/${place.slug}/tools`;
    const isPlace = oracle.hasPlace(place);
    return itemsOfKind('tool').map((item) => ({
      door: `tools of a ${place.kind}`,
      method: 'call',
      // Where the place itself is hidden it is compared with a place that is not there.
      name: isPlace ? nameAt(place, item, item) : place.slug,
      path: (name) => (isPlace ? `${start}/${name}` : start.replace(place.slug, name).concat('/x')),
      body: () => ({}),
      shown: oracle.isAt(place, item) ? (answer: Answer) => assertCalled(answer, item) : undefined,
    }));
  }
});

function assertCalled({ status, text }: Answer, { marker }: Item): void {
  assert.equal(status, 200);
  assert.ok(text.includes(marker), text);
}
