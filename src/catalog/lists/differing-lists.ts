import { isDeepStrictEqual } from 'node:util';
import type { ListKind } from '../../upstream/contract.ts';
import type { Listing } from './listing.ts';

const KINDS: Readonly<Record<keyof Listing, ListKind>> = {
  tools: 'tools',
  prompts: 'prompts',
  resources: 'resources',
  templates: 'resources',
};

/** The lists in which two listings differ, by the names that changes are announced under. */
export function differingLists(before: Listing, after: Listing): ReadonlySet<ListKind> {
  const differing = new Set<ListKind>();
  for (const [list, kind] of Object.entries(KINDS) as [keyof Listing, ListKind][]) {
    if (!isDeepStrictEqual(before[list], after[list])) differing.add(kind);
  }
  return differing;
}
