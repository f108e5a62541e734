import type { Service } from './store.ts';

/** A service without what an administrator says of it: how its definitions change, and trust. */
export function withoutPolicy<Kept extends Service | undefined>(service: Kept): Kept {
  if (service === undefined) return service;
  const { definitions: _, trust: __, ...rest } = service;
  return rest as Kept;
}

/** What an administrator says of a service; what is usual is not said. */
export function ownPolicy(given: {
  readonly definitions?: Service['definitions'] | undefined;
  readonly trust?: Service['trust'] | undefined;
}): Pick<Service, 'definitions' | 'trust'> {
  const { definitions = 'announce', trust = 'untrusted' } = given;
  return {
    ...(definitions === 'announce' ? {} : { definitions }),
    ...(trust === 'untrusted' ? {} : { trust }),
  };
}
