import type { Connector } from '../../upstream/contract.ts';
import { openapiConfig, type OpenapiConfig } from './prepare/config.ts';
import { createDocumentCache } from './prepare/document-cache.ts';
import { createHeldAnswers } from './answer/held-answers.ts';

/** Makes the operations of OpenAPI documents callable; the same document is compiled once. */
export function createOpenapiConnector(): Connector<OpenapiConfig> {
  const shared = { cache: createDocumentCache(), answers: createHeldAnswers() };
  return {
    kind: 'openapi',
    specification: 'v1',
    config: openapiConfig,
    operatorOnly: false,
    open: async (config, context) => {
      // A gateway without such a service has no use for the compiler.
      const { openUpstream } = await import('./open-upstream.ts');
      return openUpstream(config, context, shared);
    },
  };
}
