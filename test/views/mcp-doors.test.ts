import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectMember, stringMember } from '../../src/kernel/json.ts';
import { worldItems } from './items.ts';
import { Matrix } from './matrix.ts';
import { startTask } from './start-task.ts';
import { testedDoors } from './tested-doors.ts';
import { METHODS, visitDoor } from './visit-door.ts';
import { startWorld, type World } from './world.ts';

const CELLS_MIN = 2_000;

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
