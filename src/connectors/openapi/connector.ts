import type { Connector } from '../../upstream/contract.ts';
import { openAuthorized } from '../../upstream/credentials/open-authorized.ts';
import { isAddress } from './prepare/is-address.ts';
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
      const personal = Object.values(config.credentials ?? {}).find((one) => 'type' in one);
      return await openAuthorized(personal, addressesOf(config), context, (own) =>
        openUpstream(config, own, shared),
      );
    },
  };
}

/** Where a user's token may go: to the API, whose address the configuration has to say then. */
function addressesOf({ baseUrl, credentialOrigins = [], document }: OpenapiConfig) {
  const own = isAddress(document) ? [document.trim()] : [];
  return [...(baseUrl === undefined ? own : [baseUrl]), ...credentialOrigins];
}
