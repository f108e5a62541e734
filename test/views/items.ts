/** What a thing is; `note` is what a service says of itself as a whole. */
export type ItemKind =
  | 'tool'
  | 'page'
  | 'prompt'
  | 'resource'
  | 'template'
  | 'unlisted'
  | 'skill'
  | 'note';

/** One thing of a service. Whatever shows it, in whichever words, shows its marker. */
export interface Item {
  readonly kind: ItemKind;
  readonly service: string;
  /** A name, a URI or a URI template on its service. */
  readonly key: string;
  readonly marker: string;
  /** The page of a tool, and of a page whether it is listed as a resource too. */
  readonly page?: { readonly uri: string; readonly isListed: boolean };
  /** A resource that a template leads to. */
  readonly instance?: string;
}

/** A service of the world under test. */
export interface ServiceItems {
  readonly slug: string;
  readonly era: 'modern' | 'legacy';
  readonly hasSkills: boolean;
  readonly items: readonly Item[];
}

/** A URI that two services have. */
export const SHARED_URI = 'shared://doc';

/** Every marker and nothing else looks like this. */
export const MARKER = /zq\d{3}/g;

function itemsOf(slug: string, first: number, verbs: readonly string[]): Item[] {
  let next = first;
  const items: Item[] = [];
  const add = (kind: ItemKind, key: (marker: string) => string, more: Partial<Item> = {}): void => {
    const marker = `zq${next++}`;
    items.push({ kind, service: slug, key: key(marker), marker, ...more });
  };
  for (const [index, verb] of verbs.entries()) {
    const page = { uri: `ui://${slug}/zq${next + 1}`, isListed: index === 1 };
    add('tool', (marker) => `${verb}_${marker}`, { page });
    add('page', () => page.uri, { page });
  }
  for (const name of ['greet', 'explain']) add('prompt', (marker) => `${name}_${marker}`);
  for (const name of ['open', 'closed']) {
    add('resource', (marker) => `${slug}://${name}/${marker}`);
  }
  if (slug === 'orders' || slug === 'mail') add('resource', () => SHARED_URI);
  const instance = `${slug}://things/7/zq${next}`;
  add('template', (marker) => `${slug}://things/{id}/${marker}`, { instance });
  add('unlisted', (marker) => `${slug}://hidden/${marker}`);
  if (slug === 'orders' || slug === 'vault') add('skill', (marker) => `skill://${slug}/${marker}`);
  for (const note of ['instructions', 'description', 'diagnostic', 'config']) {
    add('note', () => note);
  }
  return items;
}

const service = (
  slug: string,
  first: number,
  verbs: readonly string[],
  era: ServiceItems['era'] = 'modern',
): ServiceItems => ({
  slug,
  era,
  hasSkills: slug === 'orders' || slug === 'vault',
  items: itemsOf(slug, first, verbs),
});

/** Every service of the world, in the order of their slugs. */
export const worldServices: readonly ServiceItems[] = [
  service('archive', 400, ['get_page', 'put_page'], 'legacy'),
  service('mail', 200, ['get_mail', 'send_mail']),
  service('orders', 100, ['get_order', 'get_orders', 'cancel_order']),
  service('vault', 300, ['get_secret', 'open_door']),
];

/** All things of all services. */
export const worldItems: readonly Item[] = worldServices.flatMap(({ items }) => items);

/** The things of one kind. */
export function itemsOfKind(kind: ItemKind, slug?: string): readonly Item[] {
  return worldItems.filter(
    (item) => item.kind === kind && (slug === undefined || item.service === slug),
  );
}

/** The first thing of a service whose key begins like this. Throws when there is none. */
export function itemNamed(slug: string, start: string): Item {
  const found = worldItems.find(({ service: owner, key }) => {
    return owner === slug && key.startsWith(start);
  });
  if (found === undefined) throw new Error(`no ${start} in ${slug}`);
  return found;
}
