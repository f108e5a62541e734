import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ConnectorContext } from '../../../upstream/contract.ts';
import { fillSecrets } from '../../../upstream/fill-secrets.ts';
import type { OpenapiConfig } from './config.ts';
import { fetchDocument } from './fetch-document.ts';
import type { DocumentCache } from './document-cache.ts';
import { makeService, type OpenapiService } from '../call/make-service.ts';
import type { OriginBreakers } from '../call/origin-breakers.ts';
import { isAddress } from './is-address.ts';
import { profileNameLengthMax } from '../profiles/profile-names.ts';
import { prepareInWorker } from './prepare-in-worker.ts';
import type { DocumentJob } from './prepare-document.ts';

/** What is shared by all readings of a document. */
export interface LoadDependencies {
  readonly origins: OriginBreakers;
  readonly cache: DocumentCache;
}

const DIAGNOSTICS_LOGGED_MAX = 20;

/** Reads the document of a service and compiles it. Throws GatewayError. */
export async function loadService(
  config: OpenapiConfig,
  context: ConnectorContext,
  { origins, cache }: LoadDependencies,
): Promise<OpenapiService> {
  const documentUrl = addressOf(config.document);
  const source = await readDocument(config, documentUrl, context);
  const nameLengthMax =
    config.profile === undefined ? limits.toolNameLengthMax : profileNameLengthMax[config.profile];
  const job: DocumentJob = {
    document: source,
    files: (config.files ?? {}) as Readonly<Record<string, string | JsonObject>>,
    overlays: (config.overlays ?? []) as readonly (string | JsonObject)[],
    toolNameLengthMax: nameLengthMax - context.slug.length - 2,
    config: changesOf(config),
  };
  const document = await cache(job, prepareInWorker);
  for (const { code, text } of document.diagnostics.slice(0, DIAGNOSTICS_LOGGED_MAX)) {
    context.log.warn({ service: context.serviceId, code }, text);
  }
  return makeService(document, config, {
    documentUrl,
    source: () => (typeof source === 'string' ? source : JSON.stringify(source)),
    egress: context.egress,
    secret: (name) => context.secret(name),
    origins,
  });
}

const addressOf = (document: OpenapiConfig['document']): string | undefined =>
  isAddress(document) ? document.trim() : undefined;

/** The document's text, or the object it was given as. */
async function readDocument(
  config: OpenapiConfig,
  documentUrl: string | undefined,
  context: ConnectorContext,
): Promise<string | JsonObject> {
  // Zod checks only that it is an object; the registration guarantees that it came from JSON.
  if (documentUrl === undefined) return config.document as string | JsonObject;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(config.documentHeaders ?? {})) {
    headers.push([name.toLowerCase(), await fillSecrets(value, (it) => context.secret(it))]);
  }
  return await fetchDocument(documentUrl, Object.fromEntries(headers), context.egress);
}

/** The part of a configuration that says what becomes of the document. */
const changesOf = (config: OpenapiConfig): DocumentJob['config'] => ({
  include: config.include,
  exclude: config.exclude,
  outputSchema: config.outputSchema,
  descriptions: config.descriptions,
  serverVariables: config.serverVariables,
  tools: config.tools,
  composites: config.composites,
  routes: config.routes,
  profile: config.profile,
});
