import type { Endpoint } from './exchange.ts';

/** A text that is equal for equal endpoints and no others. */
export function endpointKey(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'all':
      return 'all';
    case 'some':
      return `some ${[...endpoint.slugs].toSorted().join(' ')}`;
    case 'service':
    case 'bundle':
      return `${endpoint.kind} ${endpoint.slug}`;
  }
}
