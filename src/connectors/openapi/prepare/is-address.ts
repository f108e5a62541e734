import type { OpenapiConfig } from './config.ts';

/** True when a document is to be read from its address. */
export const isAddress = (document: OpenapiConfig['document']): document is string =>
  typeof document === 'string' && /^https?:\/\/\S+$/.test(document.trim());
