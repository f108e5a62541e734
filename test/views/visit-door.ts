import { tryLists } from './list-cells.ts';
import type { Matrix } from './matrix.ts';
import {
  absentPlace,
  assertSameRefusal,
  cellOf,
  checkDiscovery,
  tryNames,
  tryOthers,
  type Visit,
} from './mcp-cells.ts';
import type { TestedDoor } from './tested-doors.ts';
import type { TestedView } from './tested-views.ts';
import type { World } from './world.ts';

/** Every method of the data plane. */
export const METHODS = [
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

/** Tries everything at one door with one view. */
export async function visitDoor(
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
