import type { AccessLayer, AccessRule } from '../../src/kernel/permissions.ts';
import { worldBundles, type WorldBundle } from './bundles.ts';
import { SHARED_URI, worldItems, worldServices, type Item } from './items.ts';

/** Where a door leads. */
export type Place =
  | { readonly kind: 'all' }
  | { readonly kind: 'service'; readonly slug: string }
  | { readonly kind: 'bundle'; readonly slug: string }
  | { readonly kind: 'some'; readonly slugs: readonly string[] };

/**
 * Says what a caller with these limits may see and use. It is written from what the rules mean to
 * say, item by item, and shares no code with what the gateway does about them.
 */
export class Oracle {
  readonly #layers: readonly AccessLayer[];
  /** What was decided once; nothing of it changes. */
  readonly #shown = new Map<Item, boolean>();
  #markers: ReadonlySet<string> | undefined;

  constructor(layers: readonly AccessLayer[]) {
    this.#layers = layers;
  }

  get isLimited(): boolean {
    return this.#layers.length > 0;
  }

  /** True when nothing of the service is hidden. */
  isWhole(slug: string): boolean {
    return this.#allows(slug, (rule) => !namesKinds(rule));
  }

  /** True when a service is there at all: whole, or with something to list. */
  hasService(slug: string): boolean {
    return (
      this.isWhole(slug) ||
      worldItems.some((item) => item.service === slug && isListed(item) && this.#shows(item))
    );
  }

  /** True when the thing may be seen, and used by its own name or URI. */
  shows(item: Item): boolean {
    let isShown = this.#shown.get(item);
    if (isShown === undefined) {
      isShown = this.hasService(item.service) && this.#shows(item);
      this.#shown.set(item, isShown);
    }
    return isShown;
  }

  /** True when what the template leads to may be read. */
  reachesInstance({ service, instance = '' }: Item): boolean {
    return this.hasService(service) && this.#reaches(service, instance);
  }

  /** The part of a bundle's items that is there. */
  bundleItems({ items }: WorldBundle): WorldBundle['items'] {
    return items.filter(({ item }) => this.shows(item));
  }

  /** True when a door that leads there opens. */
  hasPlace(place: Place): boolean {
    switch (place.kind) {
      case 'all':
        return true;
      case 'service':
        return this.hasService(place.slug);
      case 'some':
        return place.slugs.every((slug) => this.hasService(slug));
      case 'bundle':
        return this.bundleItems(bundleOf(place.slug)).length > 0;
    }
  }

  /** True when the thing is there behind this door. */
  isAt(place: Place, item: Item): boolean {
    if (!this.shows(item)) return false;
    if (place.kind === 'all') return true;
    if (place.kind === 'service') return item.service === place.slug;
    if (place.kind === 'some') return place.slugs.includes(item.service);
    const held = bundleOf(place.slug).items.map((one) => one.item);
    if (item.kind !== 'page') return held.includes(item);
    // A bundle has the pages of its tools.
    return held.some((one) => one.page?.uri === item.key && this.shows(one));
  }

  /** The thing that answers to a shared URI here: that of the first service which shows it. */
  sharedAt(place: Place): Item | undefined {
    return worldItems.find((item) => item.key === SHARED_URI && this.isAt(place, item));
  }

  /** Everything that an answer may mention, wherever it comes from. */
  get markers(): ReadonlySet<string> {
    return (this.#markers ??= this.#allMarkers());
  }

  #allMarkers(): ReadonlySet<string> {
    const shown = worldItems.filter((item) => {
      return this.shows(item) || (item.kind === 'template' && this.reachesInstance(item));
    });
    const slugs = worldServices.map(({ slug }) => slug).filter((slug) => this.hasService(slug));
    const bundles = worldBundles.flatMap((bundle) => {
      const seen = this.bundleItems(bundle);
      const whole = seen.length === bundle.items.length ? [bundle.description] : [];
      const renamed = seen.flatMap(({ marker }) => marker ?? []);
      return seen.length === 0 ? [] : [bundle.title, ...whole, ...renamed];
    });
    return new Set([...shown.map(({ marker }) => marker), ...slugs, ...bundles]);
  }

  #shows(item: Item): boolean {
    const { kind, service, key } = item;
    switch (kind) {
      case 'tool':
      case 'prompt':
        return this.#named(kind, service, key);
      case 'skill':
      case 'note':
        return this.isWhole(service);
      case 'template':
        return this.#uri(service, key);
      default:
        return this.#reaches(service, key);
    }
  }

  #reaches(slug: string, uri: string): boolean {
    const isPage = worldItems.some(
      ({ kind, service, key, page }) =>
        kind === 'tool' && service === slug && page?.uri === uri && this.#named(kind, slug, key),
    );
    return isPage || this.#uri(slug, uri);
  }

  #named(kind: 'tool' | 'prompt', slug: string, name: string): boolean {
    const list = kind === 'tool' ? 'tools' : 'prompts';
    return this.#allows(slug, (rule) => lists(rule, list, `${slug}__${name}`));
  }

  #uri(slug: string, uri: string): boolean {
    return this.#allows(slug, (rule) => lists(rule, 'resources', uri));
  }

  #allows(slug: string, test: (rule: AccessRule) => boolean): boolean {
    return this.#layers.every((layer) =>
      layer.some(({ services, ...rule }) => {
        return (services === undefined || matches(services, slug)) && test(rule);
      }),
    );
  }
}

/** True for what some list has, and not for what is only read or said. */
export function isListed({ kind, page }: Item): boolean {
  if (kind === 'page') return page?.isListed === true;
  return kind === 'tool' || kind === 'prompt' || kind === 'resource' || kind === 'template';
}

function namesKinds({ tools, prompts, resources }: AccessRule): boolean {
  return (tools ?? prompts ?? resources) !== undefined;
}

function lists(rule: AccessRule, kind: 'tools' | 'prompts' | 'resources', text: string): boolean {
  const patterns = rule[kind];
  return patterns === undefined ? !namesKinds(rule) : matches(patterns, text);
}

function matches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => {
    const literal = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${literal.replaceAll('*', '.*')}$`).test(text);
  });
}

/** The bundle of this slug. Throws when there is none. */
export function bundleOf(slug: string): WorldBundle {
  const bundle = worldBundles.find((one) => one.slug === slug);
  if (bundle === undefined) throw new Error(`no bundle ${slug}`);
  return bundle;
}
