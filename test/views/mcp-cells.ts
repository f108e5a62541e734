import assert from 'node:assert/strict';
import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { worldBundles } from './bundles.ts';
import { itemsOfKind, SHARED_URI, type Item, type ItemKind } from './items.ts';
import { withoutName, type Cell, type Matrix } from './matrix.ts';
import { bundleOf, isListed, type Oracle, type Place } from './oracle.ts';
import type { Heard, Talk } from './talk.ts';
import type { TestedDoor } from './tested-doors.ts';
import type { TestedView } from './tested-views.ts';

/** One view at one door. */
export interface Visit {
  readonly matrix: Matrix;
  readonly door: TestedDoor;
  readonly view: TestedView;
  readonly talk: Talk;
  /** A task of somebody else. */
  readonly foreignTask: string;
}

/** A name that nothing has. */
const ABSENT = 'absent-thing';

interface Trial {
  readonly method: string;
  /** The name or URI that is asked for. */
  readonly name: string;
  readonly params: (name: string) => JsonObject;
  /** The marker that the answer must have, or undefined when it must be a refusal. */
  readonly marker: string | undefined;
}

/** Tries everything by its name: what is there works, the rest is as unknown as nothing. */
export async function tryNames(visit: Visit): Promise<void> {
  const { place } = visit.door;
  const { oracle } = visit.view;
  const trials = [
    ...namedTrials(oracle, place, 'tool', 'tools/call'),
    ...namedTrials(oracle, place, 'prompt', 'prompts/get'),
    ...completionTrials(oracle, place),
    ...readTrials(oracle, place),
    ...(visit.door.era === 'modern' ? skillTrials(oracle, place) : []),
  ];
  const absent = new Map<string, Heard>();
  for (const { method, name, params, marker } of trials) {
    const heard = await visit.talk.ask(method, params(name));
    const cell = cellOf(visit, method, name);
    visit.matrix.search(cell, heard.text);
    if (marker !== undefined) {
      visit.matrix.show(cell, () => {
        assert.ok(JSON.stringify(heard.result ?? null).includes(marker), heard.text);
      });
      continue;
    }
    const kind = `${method} ${Object.keys(params('')).join()} ${JSON.stringify(params('')['ref'])}`;
    const known = absent.get(kind) ?? (await visit.talk.ask(method, params(ABSENT)));
    absent.set(kind, known);
    visit.matrix.refuse(cell, () => assertSameRefusal(heard, name, known));
  }
}

/** A refusal says the same, whether there is such a thing or not. */
export function assertSameRefusal(heard: Heard, name: string, known: Heard, as = ABSENT): void {
  assert.equal(heard.result, undefined, heard.text);
  assert.notEqual(heard.error ?? heard.status, undefined);
  assert.deepEqual(
    [heard.status, withoutName(heard.error, name)],
    [known.status, withoutName(known.error, as)],
  );
}

/** Asks for methods and tasks that are nobody's business here. */
export async function tryOthers(visit: Visit): Promise<void> {
  const { matrix, talk, door, foreignTask } = visit;
  const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  if (door.era === 'modern') {
    const known = await talk.ask('tasks/get', { taskId: ABSENT }, tasks);
    const heard = await talk.ask('tasks/get', { taskId: foreignTask }, tasks);
    const cell = cellOf(visit, 'tasks/get', foreignTask);
    matrix.search(cell, heard.text);
    matrix.refuse(cell, () => assertSameRefusal(heard, foreignTask, known));
  }
  const method = 'acme/dump';
  const cell = cellOf(visit, 'extension', method);
  const heard = await talk.ask(method);
  matrix.search(cell, heard.text);
  // Services have it; no door knows it, so that nobody is shown what it would answer.
  const known = await talk.ask('nothing/dump');
  matrix.refuse(cell, () => assertSameRefusal(heard, method, known, 'nothing/dump'));
}

/** The name of a tool or prompt behind this door. */
export function nameAt(place: Place, { service, key }: Item, itemOf?: Item): string {
  if (place.kind === 'service') return key;
  if (place.kind !== 'bundle') return `${service}__${key}`;
  const held = bundleOf(place.slug).items.find(({ item }) => item === itemOf);
  return held?.as ?? key;
}

function namedTrials(
  oracle: Oracle,
  place: Place,
  kind: 'tool' | 'prompt',
  method: string,
): readonly Trial[] {
  return itemsOfKind(kind).map((item) => ({
    method,
    name: nameAt(place, item, item),
    params: (name) => ({ name }),
    marker: oracle.isAt(place, item) ? item.marker : undefined,
  }));
}

function completionTrials(oracle: Oracle, place: Place): readonly Trial[] {
  const argument = { name: 'id', value: '' };
  const trial = (ref: (name: string) => JsonObject, name: string, marker: string | undefined) => ({
    method: 'completion/complete',
    name,
    params: (asked: string): JsonObject => ({ ref: ref(asked), argument }),
    marker,
  });
  const prompts = itemsOfKind('prompt').map((item) => {
    const marker = oracle.isAt(place, item) ? item.marker : undefined;
    return trial((name) => ({ type: 'ref/prompt', name }), nameAt(place, item, item), marker);
  });
  const templates = itemsOfKind('template').flatMap((item) => {
    const ref = (uri: string): JsonObject => ({ type: 'ref/resource', uri });
    const isThere = oracle.isAt(place, item);
    const reaches = leadsTo(oracle, place, item) && (isThere || place.kind === 'service');
    return [
      trial(ref, item.key, isThere ? item.marker : undefined),
      trial(ref, item.instance ?? '', reaches ? item.marker : undefined),
    ];
  });
  return [...prompts, ...templates];
}

function readTrials(oracle: Oracle, place: Place): readonly Trial[] {
  const read = (name: string, marker: string | undefined): Trial => ({
    method: 'resources/read',
    name,
    params: (uri) => ({ uri }),
    marker,
  });
  const listed = [...itemsOfKind('resource'), ...itemsOfKind('page'), ...itemsOfKind('unlisted')];
  return [
    ...listed
      .filter(({ key }) => key !== SHARED_URI)
      .map((item) => read(item.key, oracle.isAt(place, item) ? item.marker : undefined)),
    ...itemsOfKind('template').map((item) => {
      return read(item.instance ?? '', leadsTo(oracle, place, item) ? item.marker : undefined);
    }),
    read(SHARED_URI, oracle.sharedAt(place)?.marker),
  ];
}

/** True when what a template leads to may be read behind this door. */
export function leadsTo(oracle: Oracle, place: Place, item: Item): boolean {
  if (!oracle.reachesInstance(item)) return false;
  if (place.kind === 'all') return true;
  if (place.kind === 'service') return place.slug === item.service;
  return place.kind === 'some' ? place.slugs.includes(item.service) : oracle.isAt(place, item);
}

function skillTrials(oracle: Oracle, place: Place): readonly Trial[] {
  return ['skills/get', 'resources/directory/read'].flatMap((method) =>
    itemsOfKind('skill').map((item) => ({
      method,
      name: item.key,
      params: (uri: string): JsonObject => ({ uri }),
      marker: place.kind !== 'bundle' && oracle.isAt(place, item) ? item.marker : undefined,
    })),
  );
}

/** The cell of a request in this visit. */
export function cellOf({ door, view }: Visit, method: string, name?: string): Cell {
  return { door: door.name, method, view, ...(name === undefined ? {} : { name }) };
}

/** The same door at a place that is nowhere, for whom this one is hidden from. */
export function absentPlace(place: Place, oracle: Oracle): readonly [Place, string, string] {
  if (place.kind === 'some') {
    const hidden = place.slugs.find((slug) => !oracle.hasService(slug)) ?? '';
    const slugs = place.slugs.map((slug) => (slug === hidden ? 'nowhere' : slug));
    return [{ kind: 'some', slugs }, hidden, 'nowhere'];
  }
  const slug = place.kind === 'all' ? '' : place.slug;
  return [{ ...place, slug: 'nowhere' } as Place, slug, 'nowhere'];
}

/** How the services and bundles say what they are, as a whole. */
export function expectedInstructions(oracle: Oracle, place: Place): readonly string[] {
  if (place.kind === 'bundle') {
    const bundle = bundleOf(place.slug);
    const isWhole = oracle.bundleItems(bundle).length === bundle.items.length;
    return isWhole ? [bundle.description] : [];
  }
  return itemsOfKind('note')
    .filter((item) => item.key === 'instructions' && oracle.isAt(place, item))
    .map(({ marker }) => marker);
}

/** Every marker that is instructions of something. */
export const instructionMarkers: readonly string[] = [
  ...itemsOfKind('note').flatMap(({ key, marker }) => (key === 'instructions' ? [marker] : [])),
  ...worldBundles.map(({ description }) => description),
];

/** Checks how a place introduces itself. */
export function checkDiscovery(visit: Visit, heard: Heard, method: string): void {
  const { matrix, view, door } = visit;
  const { oracle } = view;
  const cell = cellOf(visit, method);
  matrix.search(cell, heard.text);
  const capabilities = objectMember(heard.result, 'capabilities') ?? {};
  for (const [feature, kinds] of features) {
    const isThere = offers(oracle, door.place, kinds);
    const check = (): void => assert.equal(feature in capabilities, isThere, heard.text);
    if (isThere) matrix.show({ ...cell, name: feature }, check);
    else matrix.refuse({ ...cell, name: feature }, check);
  }
  const text = stringMember(heard.result, 'instructions') ?? '';
  const expected = expectedInstructions(oracle, door.place);
  matrix.show(cell, () => {
    const said = instructionMarkers.filter((marker) => text.includes(marker));
    assert.deepEqual(said, expected, 'instructions');
  });
}

/** The features of a place, with the kinds of things that they are about. */
export const features: readonly (readonly [string, readonly ItemKind[]])[] = [
  ['tools', ['tool']],
  ['prompts', ['prompt']],
  ['resources', ['resource', 'template', 'page']],
];

/** True when things of these kinds are listed behind a door. */
export function offers(oracle: Oracle, place: Place, kinds: readonly ItemKind[]): boolean {
  const items = kinds.flatMap((kind) => itemsOfKind(kind)).filter(isListed);
  return items.some((item) => oracle.isAt(place, item) || isDeclared(item));

  /** A bundle has the features of its services as far as they are seen. */
  function isDeclared(item: Item): boolean {
    if (place.kind !== 'bundle') return false;
    const own = oracle.bundleItems(bundleOf(place.slug));
    return own.some((one) => one.item.service === item.service) && oracle.shows(item);
  }
}
