import { formEntries, jsonEntries, multipartEntries, otherEntries } from './body-entries.ts';
import { openapi32Entries, swagger2Entries } from './dialect-entries.ts';
import { exactEntries, exactEntries2 } from './exact-entries.ts';
import { styleEntries, valueEntries } from './parameter-entries.ts';
import type { WireEntry } from './wire-document.ts';

const common = [
  ...styleEntries,
  ...valueEntries,
  ...jsonEntries,
  ...formEntries,
  ...multipartEntries,
  ...otherEntries,
  ...exactEntries,
];

/** The calls of each dialect; the first and the last of them have all the different ones. */
export const wireSuites = [
  ['2.0', [...swagger2Entries, ...exactEntries2]],
  ['3.0.4', common.filter(({ id }) => !id.startsWith('cookie_cookie'))],
  ['3.1.1', common.filter(({ id }) => !id.startsWith('cookie_cookie'))],
  ['3.2.0', [...common, ...openapi32Entries]],
] as const satisfies readonly (readonly [string, readonly WireEntry[]])[];
