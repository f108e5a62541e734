import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as assertAlways, nat, pre, property, uniqueArray } from 'fast-check';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import { callModern } from '../../../test/support/mcp-post.ts';
import { startDoors } from '../../../test/support/start-doors.ts';

import { limits } from '../../kernel/limits.ts';
import { Seal } from '../../kernel/seal.ts';
import { objectMember } from '../../kernel/json.ts';
import { openCursor, sealCursor } from './list-cursor.ts';

const named = (names: readonly (string | number)[]) => names.map((name) => ({ name: `t${name}` }));
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe('a cursor of a list that changes', () => {
  const seal = new Seal([{ id: 'k1', secret: Buffer.alloc(32, 1) }], 'cursors');
  const placeAfter = (before: readonly number[], at: number, after: readonly number[]): number =>
    openCursor(seal, 'c', named(after), sealCursor(seal, 'c', named(before), at));

  it('goes on at the item that was next, or behind the nearest before it', () => {
    assert.equal(placeAfter([1, 2, 3, 4], 2, [1, 2, 3, 4]), 2);
    assert.equal(placeAfter([1, 2, 3, 4], 2, [0, 1, 2, 3, 4]), 3);
    assert.equal(placeAfter([1, 2, 3, 4], 2, [3, 4]), 0);
    assert.equal(placeAfter([1, 2, 3, 4], 2, [1, 2, 4]), 2);
    assert.equal(placeAfter([1, 2, 3, 4], 2, [1, 4]), 1);
    assert.equal(placeAfter([1, 2, 3, 4], 2, [7, 8, 9]), 2);
    assert.equal(placeAfter([1, 2, 3, 4], 2, [7]), 1);
    assert.equal(placeAfter([1, 2, 3, 4], 2, []), 0);
  });

  it('shows every item that stays, once, whatever comes and goes before it', () => {
    const changes = uniqueArray(nat({ max: 40 }), { maxLength: 40 });
    assertAlways(
      property(changes, changes, nat({ max: 40 }), (before, more, where) => {
        pre(before.length > 0);
        const at = where % before.length;
        // The item that is next stays; all others may go, and new ones come at the start.
        const next = before[at] as number;
        const kept = before.filter((one) => one === next || one % 2 === 0);
        const after = [...more.map((one) => one + 100), ...kept];
        assert.equal(placeAfter(before, at, after), after.indexOf(next));
      }),
    );
  });

  it('is taken after a change, beyond 1,700 tools', async () => {
    let names: readonly number[] = range(0, 1_700);
    const methods = { 'tools/list': () => complete({ tools: named(names) }) };
    const upstream = new FakeUpstream(methods, { tools: {} });
    await using doors = await startDoors();
    await doors.add('many', upstream);
    const page = async (cursor?: string) => {
      const params = cursor === undefined ? {} : { cursor };
      const { body } = await callModern(`${doors.url}/mcp`, 'tools/list', params);
      const result = objectMember(body, 'result') ?? {};
      const listed = (result['tools'] ?? []) as readonly { readonly name: string }[];
      const next = result['nextCursor'] as string | undefined;
      return { names: listed.map(({ name }) => name), next };
    };
    const first = await page();
    assert.equal(first.names.length, limits.listPageItems);
    names = [9_999, ...range(1, 1_750)];
    await doors.catalog.find(doors.tenant, 'many').refresh();
    const second = await page(first.next);
    assert.equal(second.names[0], `many__t${limits.listPageItems}`);
    assert.equal(second.names.at(-1), 'many__t1749');
    assert.equal(second.next, undefined);
  });
});
