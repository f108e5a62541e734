import * as fc from 'fast-check';
import type { AccessLayer, AccessRule } from '../../src/kernel/permissions.ts';
import { itemNamed, itemsOfKind, worldServices } from './items.ts';
import { Oracle } from './oracle.ts';

/** A caller with limits, and what is right for it. */
export interface TestedView {
  readonly name: string;
  /** What its key presents. */
  readonly token: string;
  readonly layers: readonly AccessLayer[];
  readonly oracle: Oracle;
}

const GENERATED = 2;
const SEED = 20_261_130;

const written: Readonly<Record<string, readonly AccessLayer[]>> = {
  full: [],
  get: [[{ tools: ['orders__get*'] }]],
  orders: [[{ services: ['orders'] }]],
  prompts: [[{ services: ['orders', 'mail'], prompts: ['*__greet*'] }]],
  resources: [[{ resources: ['orders://open*', 'orders://things/*', 'shared://*'] }]],
  templates: [[{ services: ['mail'], resources: [itemNamed('mail', 'mail://things').key] }]],
  layers: [[{ tools: ['*__get*'] }], [{ services: ['orders', 'archive'] }]],
  either: [
    [{ tools: [`orders__${itemNamed('orders', 'get_order_').key}`] }, { services: ['mail'] }],
  ],
  nothing: [[{ tools: ['nowhere__*'] }]],
};

/** Views that are written down, and some that are drawn. */
export function testedViews(): readonly TestedView[] {
  const drawn = fc.sample(drawnLayers(), { seed: SEED, numRuns: GENERATED });
  // As a database gives them back: drawn objects may have no prototype.
  const generated = drawn.map((layers, index) => {
    return [`drawn-${index}`, structuredClone(layers)] as const;
  });
  return [...Object.entries(written), ...generated].map(([name, layers]) => ({
    name,
    token: `key-of-${name}`,
    layers,
    oracle: new Oracle(layers),
  }));
}

function drawnLayers(): fc.Arbitrary<readonly AccessLayer[]> {
  const slugs = worldServices.map(({ slug }) => slug);
  const named = (kind: 'tool' | 'prompt'): readonly string[] =>
    itemsOfKind(kind).flatMap(({ service, key }) => [
      `${service}__${key}`,
      `${service}__${key.slice(0, 4)}*`,
      `*__${key.slice(0, 3)}*zq*`,
    ]);
  const uris = (['resource', 'template', 'unlisted', 'page'] as const).flatMap((kind) =>
    itemsOfKind(kind).flatMap(({ key, instance }) => [
      key,
      ...(instance === undefined ? [] : [instance]),
      `${key.slice(0, key.indexOf('://') + 5)}*`,
    ]),
  );
  const some = (patterns: readonly string[]): fc.Arbitrary<string[]> =>
    fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 3 });
  const rule: fc.Arbitrary<AccessRule> = fc.record(
    {
      services: fc.uniqueArray(fc.constantFrom(...slugs), { minLength: 1, maxLength: 3 }),
      tools: some(named('tool')),
      prompts: some(named('prompt')),
      resources: some(uris),
    },
    { requiredKeys: ['tools'] },
  );
  const layer = fc.array(rule, { minLength: 1, maxLength: 2 });
  return fc.array(layer, { minLength: 1, maxLength: 2 });
}
