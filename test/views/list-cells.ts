import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/json.ts';
import { itemsOfKind, SHARED_URI } from './items.ts';
import { cellOf, nameAt, type Visit } from './mcp-cells.ts';

const PAGES_MAX = 20;

/** Lists everything, page by page: what is there is listed under its name, and nothing else. */
export async function tryLists(visit: Visit): Promise<void> {
  const { door, view } = visit;
  const { place } = door;
  const { oracle } = view;
  const named = (kind: 'tool' | 'prompt') =>
    itemsOfKind(kind)
      .filter((item) => oracle.isAt(place, item))
      .map((item) => nameAt(place, item, item));
  await tryList(visit, 'tools/list', 'tools', 'name', named('tool'));
  await tryList(visit, 'prompts/list', 'prompts', 'name', named('prompt'));
  const pages = itemsOfKind('page').filter(({ page }) => page?.isListed === true);
  // A bundle lists what it names; the pages of its tools are read, not listed.
  const resources = [...itemsOfKind('resource'), ...(place.kind === 'bundle' ? [] : pages)];
  const uris = resources.filter((item) => {
    return item.key === SHARED_URI ? false : oracle.isAt(place, item);
  });
  const shared = oracle.sharedAt(place) === undefined ? [] : [SHARED_URI];
  const all = [...uris.map(({ key }) => key), ...shared];
  await tryList(visit, 'resources/list', 'resources', 'uri', all);
  const templates = itemsOfKind('template').filter((item) => oracle.isAt(place, item));
  const texts = templates.map(({ key }) => key);
  await tryList(visit, 'resources/templates/list', 'resourceTemplates', 'uriTemplate', texts);
  if (door.era === 'modern') await trySkills(visit);
}

async function tryList(
  visit: Visit,
  method: string,
  member: string,
  key: string,
  expected: readonly string[],
): Promise<void> {
  const { matrix } = visit;
  const { listed, text } = await pagesOf(visit, method, member, key);
  matrix.search(cellOf(visit, method), text);
  const check = (): void => {
    assert.deepEqual(listed?.toSorted(), [...expected].toSorted());
  };
  if (expected.length > 0) matrix.show(cellOf(visit, method), check);
  else matrix.refuse(cellOf(visit, method), check);
}

async function trySkills(visit: Visit): Promise<void> {
  const { matrix, door, view } = visit;
  const { place } = door;
  const expected = itemsOfKind('skill').filter((item) => view.oracle.isAt(place, item));
  const cell = cellOf(visit, 'skills/list');
  const { listed, text } = await pagesOf(visit, 'skills/list', 'skills', 'uri');
  matrix.search(cell, text);
  if (place.kind === 'bundle' || expected.length === 0) {
    // Who sees no skills is told that there are none, or that there is no such method.
    matrix.refuse(cell, () => assert.deepEqual(listed ?? [], []));
  } else {
    matrix.show(cell, () => {
      assert.deepEqual(
        listed?.toSorted(),
        expected.map(({ key }) => key),
      );
    });
  }
}

async function pagesOf(
  { talk }: Visit,
  method: string,
  member: string,
  key: string,
): Promise<{ readonly listed: string[] | undefined; readonly text: string }> {
  const listed: string[] = [];
  let text = '';
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { result, text: page } = await talk.ask(method, cursor === undefined ? {} : { cursor });
    text += page;
    const items = result?.[member];
    if (!Array.isArray(items)) return { listed: undefined, text };
    for (const item of items as readonly JsonObject[]) listed.push(item[key] as string);
    cursor = result?.['nextCursor'] as string | undefined;
  } while (cursor !== undefined && ++pages < PAGES_MAX);
  return { listed, text };
}
