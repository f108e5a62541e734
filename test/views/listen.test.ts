import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { objectMember, type JsonObject } from '../../src/kernel/json.ts';
import { listKinds } from '../../src/upstream/upstream.ts';
import { complete, FakeUpstream } from '../support/fake-upstream.ts';
import { envelope } from '../support/mcp-post.ts';
import { initializeRequest, legacyRequest, talkSocket } from '../support/talk-socket.ts';
import { until } from '../support/until.ts';
import { SHARED_URI, worldItems, worldServices, type Item } from './items.ts';
import { Matrix } from './matrix.ts';
import { features, leadsTo, offers } from './mcp-cells.ts';
import { bundleOf, type Place } from './oracle.ts';
import { startTask } from './start-task.ts';
import type { TestedView } from './tested-views.ts';
import { startWorld, type World } from './world.ts';

/** Longer than changes are collected before they are announced. */
const QUIET_MS = 250;
const CELLS_MIN = 300;
const PLACES: readonly Place[] = [
  { kind: 'all' },
  { kind: 'service', slug: 'orders' },
  { kind: 'service', slug: 'vault' },
  { kind: 'bundle', slug: 'desk' },
];

interface Listener {
  readonly view: TestedView;
  readonly place: Place;
  readonly door: string;
  /** Everything that came, from the first answer on. */
  readonly came: readonly JsonObject[];
  close(): void;
}

/** Things that are read by URI, with the URI. */
const watched: readonly (readonly [Item, string])[] = worldItems.flatMap((item) => {
  if (item.kind === 'template') return [[item, item.instance ?? ''] as const];
  const isRead = ['resource', 'page', 'unlisted'].includes(item.kind);
  return isRead ? [[item, item.key] as const] : [];
});
const allUris = [...new Set(watched.map(([, uri]) => uri))];
const pathOf = (place: Place): string => {
  if (place.kind === 'all' || place.kind === 'some') return '/ws';
  return place.kind === 'bundle' ? `/ws/bundles/${place.slug}` : `/ws/${place.slug}`;
};

describe('streams tell a caller of its view and of nothing else', () => {
  let world: World;
  let foreignTask: string;
  const listeners: Listener[] = [];
  const matrix = new Matrix();
  before(async () => {
    world = await startWorld();
    foreignTask = await startTask(world);
    const opening = world.views.flatMap((view) =>
      PLACES.filter((place) => view.oracle.hasPlace(place)).flatMap((place) => [
        listenModern(world, view, place, foreignTask),
        listenLegacy(world, view, place),
      ]),
    );
    listeners.push(...(await Promise.all(opening)));
  });
  after(async () => {
    for (const one of listeners) one.close();
    await world[Symbol.asyncDispose]();
  });

  /** What each stream hears while something happens. */
  const hear = async (happens: () => void): Promise<ReadonlyMap<Listener, JsonObject[]>> => {
    const counts = new Map(listeners.map((one) => [one, one.came.length]));
    happens();
    await sleep(QUIET_MS);
    return new Map(listeners.map((one) => [one, one.came.slice(counts.get(one))]));
  };
  const idOf = (slug: string): string => {
    const lives = world.doors.catalog.lives(world.doors.tenant);
    return lives.find(({ service }) => service.slug === slug)?.service.id ?? '';
  };

  test('changes of resources', async () => {
    // The same URI of two services is tried one after the other.
    const rounds = [
      watched.filter(([{ service }, uri]) => uri !== SHARED_URI || service === 'orders'),
      watched.filter(([{ service }, uri]) => uri === SHARED_URI && service === 'mail'),
    ];
    for (const round of rounds) {
      const heard = await hear(() => {
        for (const [{ service }, uri] of round) {
          const { tenant } = world.doors;
          world.doors.bus.emit('resource.updated', { tenant, serviceId: idOf(service), uri });
        }
      });
      for (const [listener, messages] of heard) {
        const uris = messages.map(({ params }) => (params as JsonObject)['uri']);
        for (const [item, uri] of round) checkUpdate(listener, item, uri, uris.includes(uri));
      }
    }
  });

  test('changes of lists', async () => {
    for (const { slug } of worldServices) {
      const heard = await hear(() => {
        const { tenant } = world.doors;
        const event = { tenant, serviceId: idOf(slug), lists: listKinds };
        world.doors.bus.emit('catalog.changed', event);
      });
      for (const [listener, messages] of heard) checkLists(listener, slug, messages);
    }
  });

  test('a task is watched by who started it', async () => {
    const headers = { authorization: `Bearer ${world.openToken}` };
    const talk = await talkSocket(world.doors.url, '/ws', { headers });
    const params = { notifications: { taskIds: [foreignTask] }, _meta: envelope(takesTasks) };
    talk.say({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params });
    const { params: said } = await talk.next(({ method }) => method !== undefined);
    assert.deepEqual(objectMember(said as JsonObject, 'notifications'), { taskIds: [foreignTask] });
    talk.socket.close();
  });

  test('a service that comes into the view is announced to who may see it', async () => {
    const { doors } = world;
    doors.callers.set('late', { grant: 'key_late', layers: [[{ tools: ['*__get_*'] }]] });
    const late = world.views.filter(({ name }) => name === 'full' || name === 'get');
    const [full, get] = late as [TestedView, TestedView];
    const all: Place = { kind: 'all' };
    const opened = await Promise.all([
      listenModern(world, full, all, foreignTask),
      listenModern(world, { ...get, name: 'late', token: 'late' }, all, foreignTask),
      listenModern(world, get, all, foreignTask),
    ]);
    const counts = opened.map(({ came }) => came.length);
    const tools = [{ name: 'get_late', inputSchema: { type: 'object' } }];
    const methods = { 'tools/list': () => complete({ tools }) };
    await doors.add('late', new FakeUpstream(methods, { tools: {} }));
    await sleep(QUIET_MS);
    const heard = opened.map(({ came }, index) => came.slice(counts[index]));
    assert.deepEqual(
      heard.map((messages) => messages.some(isToolsChange)),
      [true, true, false],
    );
    for (const one of opened) one.close();
  });

  test('and every cell was tried', (context) => {
    for (const { view, door, came } of listeners) {
      const cell = { view, door, method: 'subscriptions/listen' };
      const told = came.filter(({ method }) => {
        // What a client asked for is its own words.
        return method !== 'notifications/subscriptions/acknowledged';
      });
      matrix.search(cell, JSON.stringify(told));
    }
    const seen = { doors: 2 * PLACES.length, views: world.views.length };
    const methods = ['resources/updated', 'tools/list_changed', 'resources/list_changed'];
    context.diagnostic(matrix.finish({ ...seen, methods, cells: CELLS_MIN }));
  });

  function checkUpdate({ view, place, door }: Listener, item: Item, uri: string, came: boolean) {
    const { oracle } = view;
    const isOffered = offers(oracle, place, ['resource', 'template', 'page']);
    const isThere = isOffered && isReadable(view, place, item);
    const cell = { door, method: 'resources/updated', view, name: uri };
    const check = (): void => assert.equal(came, isThere, `${item.service} ${uri}`);
    if (isThere) matrix.show(cell, check);
    else matrix.refuse(cell, check);
  }

  function checkLists({ view, place, door }: Listener, slug: string, messages: JsonObject[]) {
    const { oracle } = view;
    for (const [feature, kinds] of features) {
      const isHeld =
        place.kind === 'bundle' &&
        bundleOf(place.slug).items.some(({ item }) => item.service === slug);
      const isOf =
        place.kind === 'all' || isHeld || (place.kind === 'service' && place.slug === slug);
      const isTold = isOf && oracle.hasService(slug) && offers(oracle, place, kinds);
      const method = `${feature}/list_changed`;
      const came = messages.some((one) => one['method'] === `notifications/${method}`);
      const cell = { door, method, view, name: slug };
      const check = (): void => assert.equal(came, isTold, `of ${slug}`);
      if (isTold) matrix.show(cell, check);
      else matrix.refuse(cell, check);
    }
  }
});

function isReadable({ oracle }: TestedView, place: Place, item: Item): boolean {
  return item.kind === 'template' ? leadsTo(oracle, place, item) : oracle.isAt(place, item);
}

const takesTasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

const isToolsChange = ({ method }: JsonObject): boolean =>
  method === 'notifications/tools/list_changed';

const doorName = (place: Place, era: string): string => `${pathOf(place)} ${era}`;

/** Opens a stream of everything; a task of somebody else is not among what is honoured. */
async function listenModern(
  world: World,
  view: TestedView,
  place: Place,
  taskId: string,
): Promise<Listener> {
  const headers = { authorization: `Bearer ${view.token}` };
  const talk = await talkSocket(world.doors.url, pathOf(place), { headers });
  const notifications = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: allUris,
    taskIds: [taskId],
  };
  const params = { notifications, _meta: envelope(takesTasks) };
  talk.say({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params });
  const acknowledged = await talk.next(({ method, id }) => method !== undefined || id === 1);
  const honoured = objectMember(objectMember(acknowledged, 'params'), 'notifications');
  assert.ok(honoured !== undefined, JSON.stringify(acknowledged));
  assert.equal(honoured['taskIds'], undefined, 'it is not theirs');
  return { view, place, door: doorName(place, 'modern'), came: talk.came, close: leave };

  function leave(): void {
    talk.socket.close();
  }
}

async function listenLegacy(world: World, view: TestedView, place: Place): Promise<Listener> {
  const headers = { authorization: `Bearer ${view.token}` };
  const talk = await talkSocket(world.doors.url, pathOf(place), { headers });
  talk.say(initializeRequest);
  await talk.next(({ id }) => id === 'init');
  talk.say({ jsonrpc: '2.0', method: 'notifications/initialized' });
  for (const [index, uri] of allUris.entries()) {
    talk.say(legacyRequest(index, 'resources/subscribe', { uri }));
    // What is hidden is accepted as what does not exist is: nothing ever comes of it.
    await talk.next(({ id }) => id === index);
  }
  await until(() => talk.came.length > allUris.length);
  return { view, place, door: doorName(place, 'legacy'), came: talk.came, close: leave };

  function leave(): void {
    talk.socket.close();
  }
}
