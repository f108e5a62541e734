import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { itemsOfKind } from './items.ts';
import { Matrix, type Cell } from './matrix.ts';
import { nameAt } from './mcp-cells.ts';
import { talkHttp, type ClientEra } from './open-talk.ts';
import type { Heard, Talk } from './talk.ts';
import type { TestedView } from './tested-views.ts';
import { startWorld, type World } from './world.ts';

const CELLS_MIN = 150;
const METHODS = ['tools/list', 'search_tools', 'describe_tools', 'call_tool', 'tools/call'];
const ERAS = ['modern', 'legacy'] as const;
const ABSENT = 'absent__thing';
const tools = itemsOfKind('tool').map((item) => ({ item, name: nameAt({ kind: 'all' }, item) }));

describe('the search over tools shows a caller its view and nothing else', () => {
  let world: World;
  const matrix = new Matrix();
  before(async () => {
    world = await startWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  const visit = async (era: ClientEra, view: TestedView): Promise<void> => {
    const talk = await talkHttp({ world, token: view.token, path: '/mcp/search', era });
    const call = (name: string, given: JsonObject) =>
      talk.ask('tools/call', { name, arguments: given });
    const cellOf = (method: string, name?: string): Cell => {
      const cell = { door: `/mcp/search ${era}`, method, view };
      return name === undefined ? cell : { ...cell, name };
    };
    try {
      await listed(talk, matrix, cellOf('tools/list'));
      for (const { item, name } of tools) {
        const isThere = view.oracle.shows(item);
        const judge = (method: string, heard: Heard, absent: Heard, says: string): void => {
          const cell = cellOf(method, name);
          matrix.search(cell, heard.text);
          if (isThere) matrix.show(cell, () => assert.ok(heard.text.includes(says), heard.text));
          else matrix.refuse(cell, () => assertAlike(heard, name, absent));
        };
        const search = (query: string) => call('search_tools', { query });
        const found = await search(name);
        matrix.search(cellOf('search_tools', name), found.text);
        const names = namesIn(found);
        const check = () => assert.equal(names.includes(name), isThere, found.text);
        if (isThere) matrix.show(cellOf('search_tools', name), check);
        else matrix.refuse(cellOf('search_tools', name), check);
        const describe = (one: string) => call('describe_tools', { names: [one] });
        judge('describe_tools', await describe(name), await describe(ABSENT), '"inputSchema"');
        const use = (one: string) => call('call_tool', { name: one, arguments: {} });
        judge('call_tool', await use(name), await use(ABSENT), item.marker);
        // By its own name it is not there for anybody: that is what call_tool is for.
        const [direct, nothing] = [await call(name, {}), await call(ABSENT, {})];
        matrix.search(cellOf('tools/call', name), direct.text);
        matrix.refuse(cellOf('tools/call', name), () => assertAlike(direct, name, nothing));
      }
    } finally {
      await talk.close();
    }
  };

  for (const era of ERAS) {
    test(`/mcp/search ${era}`, async () => {
      for (const view of world.views) await visit(era, view);
      assert.deepEqual(matrix.wrong.slice(0, 5), []);
    });
  }

  test('and every cell was tried', (context) => {
    const seen = { doors: ERAS.length, views: world.views.length, methods: METHODS };
    context.diagnostic(matrix.finish({ ...seen, cells: CELLS_MIN }));
  });
});

async function listed(talk: Talk, matrix: Matrix, cell: Cell): Promise<void> {
  const heard = await talk.ask('tools/list');
  matrix.search(cell, heard.text);
  matrix.show(cell, () => {
    const found = ((heard.result?.['tools'] ?? []) as readonly JsonObject[]).map(
      ({ name }) => name,
    );
    assert.deepEqual(found, ['search_tools', 'describe_tools', 'call_tool']);
  });
}

function namesIn({ result }: Heard): readonly unknown[] {
  const { tools: found = [] } = (result?.['structuredContent'] ?? {}) as {
    readonly tools?: readonly JsonObject[];
  };
  return found.map(({ name }) => name);
}

/** The same words but for the name, and the same status. */
function assertAlike(heard: Heard, name: string, absent: Heard): void {
  const plain = ({ status, result, error }: Heard, own: string): string => {
    return JSON.stringify([status, result, error]).replaceAll(own, '…');
  };
  assert.equal(plain(heard, name), plain(absent, ABSENT));
}
