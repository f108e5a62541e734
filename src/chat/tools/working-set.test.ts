import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { array, assert as assertProperty, constantFrom, property, subarray } from 'fast-check';
import { limits } from '../../kernel/limits.ts';
import { workingSet, type SizedTool, type WorkingSetInput } from './working-set.ts';

const tools = (count: number, tokens = 100): readonly SizedTool[] =>
  Array.from({ length: count }, (_, at) => ({ name: `tool_${at}`, tokens }));
const metaTools = ['search_tools', 'describe_tools', 'call_tool'].map((name) => ({
  name,
  tokens: 100,
}));
const input = (change: Partial<WorkingSetInput>): WorkingSetInput => ({
  view: tools(200),
  shown: [],
  pinned: [],
  used: [],
  found: [],
  metaTools,
  ...change,
});
const meta = metaTools.map(({ name }) => name);

describe('the tools that a model is shown', () => {
  test('are all of few and small ones', () => {
    const { allToolsMax, allTokensMax } = limits;
    const few = workingSet(input({ view: tools(allToolsMax) }));
    assert.deepEqual(
      [few.names.length, few.isEverything, few.note],
      [allToolsMax, true, undefined],
    );
    const more = workingSet(input({ view: tools(allToolsMax + 1) }));
    assert.deepEqual(more.names, meta);
    assert.equal(more.note, `0 of ${allToolsMax + 1} tools in view, rest by search`);
    assert.ok(workingSet(input({ view: tools(10, allTokensMax / 10) })).isEverything);
    assert.ok(!workingSet(input({ view: tools(10, allTokensMax / 10 + 1) })).isEverything);
  });

  test('are otherwise what is pinned, was used lately and fits the message', () => {
    const found = tools(limits.prefetchedToolsMax + 1).map(({ name }) => name);
    const set = workingSet(
      input({ pinned: ['tool_100', 'gone'], used: ['tool_7', 'tool_150'], found }),
    );
    const fetched = found.slice(0, -1).filter((name) => name !== 'tool_7');
    assert.deepEqual(set.names, [...meta, 'tool_100', 'tool_150', 'tool_7', ...fetched]);
    assert.equal(set.note, '10 of 200 tools in view, rest by search');
    const used = tools(limits.usedToolsMax + 1).map(({ name }) => name);
    const { names } = workingSet(input({ used }));
    assert.equal(names.length, meta.length + limits.usedToolsMax);
    assert.ok(!names.includes('tool_0'), 'the oldest is not shown');
  });

  test('take no more of the context than they may, unless they are pinned', () => {
    const big = limits.workingTokensMax - 300;
    const view = [...tools(50), { name: 'fits', tokens: big }, { name: 'big', tokens: big + 1 }];
    assert.ok(workingSet(input({ view, found: ['fits'] })).names.includes('fits'));
    const set = workingSet(input({ view, found: ['big', 'tool_1'] }));
    assert.deepEqual(set.names, [...meta, 'tool_1']);
    assert.ok(workingSet(input({ view, pinned: ['big'] })).names.includes('big'));
  });

  test('keep their places, so that what a provider has cached stays good', () => {
    const name = constantFrom(...tools(60).map((tool) => tool.name));
    const step = subarray(tools(60).map((tool) => tool.name));
    assertProperty(
      property(array(step, { maxLength: 6 }), array(name), (messages, used) => {
        let shown: readonly string[] = [];
        for (const found of messages) {
          const { names } = workingSet(input({ view: tools(60), shown, used, found }));
          assert.deepEqual(names.slice(0, shown.length), shown);
          assert.equal(new Set(names).size, names.length);
          shown = names;
        }
      }),
    );
  });

  test('lose what has left the view, and go on searching when it shrinks', () => {
    const shown = [...meta, 'tool_3', 'tool_190', 'tool_4'];
    const set = workingSet(input({ view: tools(20), shown, found: ['tool_9'] }));
    assert.deepEqual(set.names, [...meta, 'tool_3', 'tool_4', 'tool_9']);
  });
});
