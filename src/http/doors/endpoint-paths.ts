import type { Endpoint } from '../../gateway/exchange.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

const SLUG = '[a-z0-9]+(?:-[a-z0-9]+)*';
const KNOWN_MAX = 1_000;

/**
 * The addresses of one door: `/door` for everything the caller may use, `/door/{service}` for one
 * service and `/door/bundles/{bundle}` for a bundle; a slash at the end changes nothing.
 */
export class EndpointPaths {
  readonly #door: string;
  readonly #pattern: RegExp;
  readonly #known: Map<string, Endpoint>;

  constructor(door: string) {
    this.#door = door;
    this.#pattern = new RegExp(`^${door}/(bundles/)?(${SLUG})/?$`);
    this.#known = new Map([
      [door, { kind: 'all' }],
      [`${door}/`, { kind: 'all' }],
    ]);
  }

  /** True when the address is this door's, whether or not it leads anywhere. */
  owns(url: string): boolean {
    if (!url.startsWith(this.#door)) return false;
    const next = url[this.#door.length];
    return next === undefined || next === '/' || next === '?';
  }

  /** What an address stands for. Throws GatewayError `not_found`. */
  endpointOf(url: string): Endpoint {
    const path = pathOf(url);
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const [, bundles, slug] = this.#pattern.exec(path) ?? [];
    if (slug === undefined || slug.length > limits.slugLengthMax)
      throw new GatewayError('not_found', 'There is no such endpoint.');
    const endpoint: Endpoint = { kind: bundles === undefined ? 'service' : 'bundle', slug };
    if (this.#known.size < KNOWN_MAX) this.#known.set(path, endpoint);
    return endpoint;
  }
}

/** The path of an endpoint on a door: what a credential may be bound to. */
export function endpointPath(door: string, endpoint: Endpoint): string {
  if (endpoint.kind === 'service') return `${door}/${endpoint.slug}`;
  return endpoint.kind === 'bundle' ? `${door}/bundles/${endpoint.slug}` : door;
}

/** A request's address without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
