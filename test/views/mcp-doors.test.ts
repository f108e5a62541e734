import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectMember, stringMember } from '../../src/kernel/json.ts';
import { worldItems } from './items.ts';
import { tryLists } from './list-cells.ts';
import { Matrix } from './matrix.ts';
import {
  absentPlace,
  assertSameRefusal,
  cellOf,
  checkDiscovery,
  tryNames,
  tryOthers,
  type Visit,
} from './mcp-cells.ts';
import { startTask } from './start-task.ts';
import { testedDoors, type TestedDoor } from './tested-doors.ts';
import type { TestedView } from './tested-views.ts';
import { startWorld, type World } from './world.ts';

const CELLS_MIN = 2_000;
const METHODS = [
  'server/discover',
  'initialize',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'skills/list',
  'skills/get',
  'resources/directory/read',
  'tasks/get',
  'extension',
];

describe('every door of MCP shows a caller its view and nothing else', () => {
  let world: World;
  let foreignTask: string;
  const matrix = new Matrix();
  before(async () => {
    world = await startWorld();
    foreignTask = await startTask(world);
  });
  after(() => world[Symbol.asyncDispose]());

  for (const door of testedDoors()) {
    test(door.name, async () => {
      const before = matrix.wrong.length;
      for (const view of world.views) await visitDoor(world, matrix, door, view, foreignTask);
      assert.deepEqual(matrix.wrong.slice(before, before + 5), []);
    });
  }

  test('and every cell was tried', (context) => {
    const minimum = { cells: CELLS_MIN, methods: METHODS };
    const seen = { doors: testedDoors().length, views: world.views.length };
    context.diagnostic(matrix.finish({ ...minimum, ...seen }));
  });

  test('services were never asked for what their callers must not see', () => {
    let asked = 0;
    for (const [slug, { requests }] of world.upstreams) {
      for (const { caller, method, params } of requests) {
        const view = world.views.find(({ name }) => `key_${name}` === caller.grantId);
        if (view === undefined) continue;
        const ref = objectMember(params, 'ref');
        const name = stringMember(ref ?? params, 'name') ?? stringMember(ref ?? params, 'uri');
        const item = worldItems.find(({ service, key, instance }) => {
          return service === slug && (key === name || instance === name);
        });
        assert.ok(view.oracle.hasService(slug), `${view.name} asked ${slug}: ${method}`);
        if (item === undefined) continue;
        asked++;
        const { oracle } = view;
        const isShown =
          oracle.shows(item) || (item.instance === name && oracle.reachesInstance(item));
        assert.ok(isShown, `${view.name} asked ${slug} for ${name}: ${method}`);
      }
    }
    assert.ok(asked > CELLS_MIN / 2, `${asked} requests were seen`);
  });

  test('usage records name only what their callers may see', () => {
    const services = new Map(
      world.doors.catalog
        .lives(world.doors.tenant)
        .map(({ service }) => [service.id, service.slug]),
    );
    let named = 0;
    for (const { grantId, serviceId, tool } of world.doors.usage) {
      const view = world.views.find(({ name }) => `key_${name}` === grantId);
      if (view === undefined || serviceId === null) continue;
      const slug = services.get(serviceId) ?? '';
      assert.ok(view.oracle.hasService(slug), `${view.name}: ${slug}`);
      const item = worldItems.find(({ service, key }) => service === slug && key === tool);
      if (item === undefined) continue;
      named++;
      assert.ok(view.oracle.shows(item), `${view.name}: ${tool}`);
    }
    assert.ok(named > CELLS_MIN / 4, `${named} records named something`);
  });
});

async function visitDoor(
  world: World,
  matrix: Matrix,
  door: TestedDoor,
  view: TestedView,
  foreignTask: string,
): Promise<void> {
  const talk = await door.open(world, view.token, door.place);
  const visit: Visit = { matrix, door, view, talk, foreignTask };
  try {
    if (view.oracle.hasPlace(door.place)) {
      const isLegacy = talk.opening !== undefined;
      const heard = talk.opening ?? (await introduction(visit));
      checkDiscovery(visit, heard, isLegacy ? 'initialize' : 'server/discover');
      await tryLists(visit);
      await tryNames(visit);
      await tryOthers(visit);
    } else await visitNothing(world, visit);
  } finally {
    await talk.close();
  }
}

/** A session's messages take `initialize` without a session of their own. */
async function introduction({ door, talk }: Visit) {
  return await talk.ask(door.era === 'modern' ? 'server/discover' : 'initialize');
}

/** What is hidden as a whole answers as what is not there at all. */
async function visitNothing(world: World, visit: Visit): Promise<void> {
  const { door, view, matrix, talk } = visit;
  const [place, slug, nowhere] = absentPlace(door.place, view.oracle);
  const known = await door.open(world, view.token, place);
  try {
    const methods = talk.opening === undefined ? METHODS : ['initialize'];
    for (const method of methods) {
      const params = { name: 'x', uri: 'x', taskId: 'x' };
      const heard = talk.opening ?? (await talk.ask(method, params));
      const absent = known.opening ?? (await known.ask(method, params));
      const cell = cellOf(visit, method, slug);
      matrix.search(cell, heard.text);
      matrix.refuse(cell, () => assertSameRefusal(heard, slug, absent, nowhere));
    }
  } finally {
    await known.close();
  }
}
