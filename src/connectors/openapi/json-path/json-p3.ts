import { createRequire } from 'node:module';
import type * as Library from 'json-p3';

const require = createRequire(import.meta.url);

/** The library that reads JSONPath. */
export type JsonP3 = typeof Library;

/** Loads the library: with the first path, not with the gateway. */
export const jsonP3 = (): JsonP3 => require('json-p3') as JsonP3;
