import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chatToolLimits } from '../../kernel/limits/chat/chat-tool-limits.ts';
import { manyTools } from '../../../test/support/many-tools.ts';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import type { ChatMessage } from '../conversations/message.ts';
import type { OwnTool, ToolAsk } from './offered-tools.ts';
import { ViewIndexes } from '../../tool-search/view-indexes.ts';
import { searchShelf } from './search-shelf.ts';

const said = (text: string): ChatMessage => ({
  id: 'msg_1',
  parentId: null,
  role: 'user',
  parts: [{ type: 'text', text }],
  runId: 'chr_1',
  createdAtMs: 0,
});

const ask = (text: string, conversationId = 'cnv_1'): ToolAsk => ({
  principal: testPrincipal(),
  conversationId,
  history: [said(text)],
});

const namesOf = ({ tools }: { readonly tools: readonly { readonly publicName: string }[] }) =>
  tools.map(({ publicName }) => publicName);

const searchTool = (shelf: ReturnType<typeof searchShelf>): OwnTool => {
  const found = shelf.find(ask(''), 'search_tools');
  assert.equal(found?.kind, 'own');
  return found;
};

describe('the tools that a chat shows its model', () => {
  test('are all of a view of allToolsMax, and a part of one with one more', async () => {
    const few = manyTools(chatToolLimits.allToolsMax);
    const all = await searchShelf(() => few, new ViewIndexes()).offer(ask('an invoice'));
    assert.deepEqual(namesOf(all), [...few.tools.keys()]);
    assert.equal(all.hint, undefined);

    const many = manyTools(chatToolLimits.allToolsMax + 1);
    const part = await searchShelf(() => many, new ViewIndexes()).offer(ask('an invoice'));
    const names = namesOf(part);
    assert.deepEqual(names.slice(0, 2), ['search_tools', 'describe_tools']);
    assert.ok(!names.includes('call_tool'));
    assert.equal(names.length, 2 + chatToolLimits.prefetchedToolsMax);
    assert.match(
      part.hint ?? '',
      /^8 of 41 tools in view, rest by search\. The services are:\na: A/,
    );
  });

  test('are a part of a small view whose definitions are above allTokensMax', async () => {
    const wide = manyTools(chatToolLimits.allToolsMax);
    const [name, tool] = [...wide.tools][0] ?? [];
    assert.ok(name !== undefined && tool !== undefined);
    const definition = { ...tool.definition, description: 'x '.repeat(4 * 8_000) };
    const tools = new Map([...wide.tools, [name, { ...tool, definition }]]);
    const { hint } = await searchShelf(() => ({ ...wide, tools }), new ViewIndexes()).offer(
      ask('an invoice'),
    );
    assert.match(hint ?? '', /of 40 tools in view/);
  });

  test('grow by what was searched for, in order and in that conversation alone', async () => {
    const view = manyTools(200);
    const shelf = searchShelf(() => view, new ViewIndexes());
    const before = namesOf(await shelf.offer(ask('an invoice')));
    const text = await searchTool(shelf).run({ query: 'number150' }, ask('an invoice'));
    assert.match(text, /a__tool_150/);
    assert.ok(!before.includes('a__tool_150'));
    const after = namesOf(await shelf.offer(ask('an invoice')));
    assert.deepEqual(after.slice(0, before.length), before);
    assert.ok(after.includes('a__tool_150'));
    const other = namesOf(await shelf.offer(ask('an invoice', 'cnv_2')));
    assert.ok(!other.includes('a__tool_150'));
  });

  test('go when they leave the view, and nothing outside of it is found', async () => {
    let view = manyTools(200);
    const shelf = searchShelf(() => view, new ViewIndexes());
    const [, , first = ''] = namesOf(await shelf.offer(ask('an invoice')));
    const tools = new Map(view.tools);
    tools.delete(first);
    view = { ...view, tools };
    assert.ok(!namesOf(await shelf.offer(ask('an invoice'))).includes(first));
    assert.equal(shelf.find(ask(''), first), undefined);
    const text = await searchTool(shelf).run({ query: first }, ask(''));
    assert.ok(!text.includes(`${first}(`));
  });

  test('are remembered for rememberedSetsMax conversations', async () => {
    const view = manyTools(60);
    const shelf = searchShelf(() => view, new ViewIndexes());
    const begun = namesOf(await shelf.offer(ask('an invoice', 'cnv_first')));
    for (let at = 1; at < chatToolLimits.rememberedSetsMax; at++) {
      await shelf.offer(ask('a parcel', `cnv_${at}`));
    }
    const kept = namesOf(await shelf.offer(ask('a parcel', 'cnv_first')));
    assert.deepEqual(kept.slice(0, begun.length), begun);
    for (let at = 0; at <= chatToolLimits.rememberedSetsMax; at++) {
      await shelf.offer(ask('a parcel', `cnv_again_${at}`));
    }
    const anew = namesOf(await shelf.offer(ask('a parcel', 'cnv_first')));
    assert.notDeepEqual(anew.slice(0, begun.length), begun);
  });

  test('tell of toldServicesMax services', async () => {
    const view = manyTools(60);
    const [first] = view.services;
    assert.ok(first !== undefined);
    const slugs = Array.from({ length: chatToolLimits.toldServicesMax + 1 }, (_, at) => `s${at}`);
    const lives = slugs.map((slug) => ({
      isSuspicious: () => false,
      service: { ...first.service, id: slug, slug },
    }));
    const entries = [...view.tools].map(([name, tool], at) => [
      name,
      { ...tool, live: lives[at % lives.length] },
    ]);
    const more = lives.slice(60).map((live, at) => {
      const [, tool] = [...view.tools][0] ?? [];
      return [`${live.service.slug}__t${at}`, { ...tool, live }];
    });
    const wide = { ...view, services: lives, tools: new Map([...entries, ...more] as never) };
    const { hint = '' } = await searchShelf(() => wide as never, new ViewIndexes()).offer(
      ask('an invoice'),
    );
    assert.equal(hint.split('\n').length, 1 + chatToolLimits.toldServicesMax);
  });

  test('leave out what nobody has looked at, and say so', async () => {
    const whole = manyTools(3);
    const [first] = whole.tools.values();
    assert.ok(first);
    const held = (trust?: 'trusted') => {
      const live = {
        service: { ...first.live.service, ...(trust && { trust }) },
        isSuspicious: (tool: string) => tool === 'tool_1',
      };
      const tools = [...whole.tools].map(([name, tool]) => [name, { ...tool, live }] as const);
      return { ...whole, tools: new Map(tools as never) } as typeof whole;
    };
    const view = held();
    const shelf = searchShelf(() => view, new ViewIndexes());
    const offer = await shelf.offer(ask('an invoice'));
    assert.deepEqual(namesOf(offer), ['a__tool_0', 'a__tool_2']);
    assert.deepEqual(offer.held, ['a__tool_1']);
    assert.equal(shelf.find(ask(''), 'a__tool_1'), undefined);
    assert.match(await searchTool(shelf).run({ query: 'tool_1' }, ask('')), /of 2 tools/);
    const trusting = searchShelf(() => held('trusted'), new ViewIndexes());
    assert.equal(namesOf(await trusting.offer(ask('an invoice'))).length, 3);
  });
});
