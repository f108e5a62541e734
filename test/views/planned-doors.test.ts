import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Matrix } from './matrix.ts';
import { startTask } from './start-task.ts';
import { testedDoors } from './tested-doors.ts';
import { METHODS, visitDoor } from './visit-door.ts';
import { planView, startWorld, type World } from './world.ts';

const CELLS_MIN = 400;
/** What a plan leaves out is left out by the same tables at every door; some of them are enough. */
const TRIED = /^\/mcp (all|service orders|bundle desk) |^\/sse all |^\/ws all modern$|^stdio all m/;
const doors = testedDoors().filter(({ name }) => TRIED.test(name));

describe('a plan shows its callers what keys with the same limits do', () => {
  let world: World;
  let foreignTask: string;
  const matrix = new Matrix();
  before(async () => {
    world = await startWorld('plans');
    foreignTask = await startTask(world);
  });
  after(() => world[Symbol.asyncDispose]());

  for (const door of doors) {
    test(door.name, async () => {
      const before = matrix.wrong.length;
      for (const view of world.views) {
        planView(world.doors, view);
        await visitDoor(world, matrix, door, view, foreignTask);
      }
      assert.deepEqual(matrix.wrong.slice(before, before + 5), []);
    });
  }

  test('and every cell was tried', (context) => {
    const minimum = { cells: CELLS_MIN, methods: METHODS };
    const seen = { doors: doors.length, views: world.views.length };
    context.diagnostic(matrix.finish({ ...minimum, ...seen }));
  });
});
