import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ConnectorContext } from '../../upstream/contract.ts';
import type { Egress } from '../../upstream/egress.ts';
import type { OpenapiConfig } from './config.ts';
import { createAuthorize, readSecret, type Authorize } from './create-authorize.ts';
import { fetchDocument } from './fetch-document.ts';
import type { CompiledDocument, CompiledOperation } from './model.ts';
import type { DocumentCache } from './document-cache.ts';
import type { OriginBook } from './origin-book.ts';
import { profileNameLengthMax } from './profiles/profile-names.ts';
import { prepareBeside } from './prepare-beside.ts';
import type { DocumentJob } from './prepare-document.ts';
import { createTokenSource, type TokenSource } from './oauth-tokens.ts';
import { resolveServer, type RequestBase } from './resolve-server.ts';
import type { SendOptions } from './send-request.ts';

/** A document loaded, compiled and ready to be called. */
export interface OpenapiService {
  readonly document: CompiledDocument;
  /** The document as it was read. */
  source(): string;
  /** The tools as tools/list shows them. */
  readonly tools: readonly JsonObject[];
  readonly byName: ReadonlyMap<string, CompiledOperation>;
  readonly base: RequestBase;
  readonly authorize: Authorize;
  readonly tokens: TokenSource;
  readonly egress: Egress;
  readonly send: SendOptions;
  readonly origins: OriginBook;
}

/** What outlives one reading of a document. */
export interface ServiceParts {
  readonly origins: OriginBook;
  readonly cache: DocumentCache;
}

const DIAGNOSTICS_LOGGED_MAX = 20;

/** Reads the document of a service and compiles it. Throws GatewayError. */
export async function loadService(
  config: OpenapiConfig,
  context: ConnectorContext,
  { origins: originBook, cache }: ServiceParts,
): Promise<OpenapiService> {
  const secret = (name: string): Promise<string> => context.secret(name);
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
  const document = await cache(job, prepareBeside);
  for (const { code, text } of document.diagnostics.slice(0, DIAGNOSTICS_LOGGED_MAX)) {
    context.log.warn({ service: context.serviceId, code }, text);
  }
  const callable = document.operations.filter(({ isResource }) => isResource !== true);
  const base: RequestBase = {
    baseUrl: config.baseUrl,
    documentUrl,
    mainServer: document.service.servers[0],
    pathSlash: config.pathSlash ?? 'encode',
  };
  const tokens = createTokenSource(context.egress, secret);
  const schemes = document.service.securitySchemes;
  const origins = originsOf(config, base);
  return {
    document,
    source: () => (typeof source === 'string' ? source : JSON.stringify(source)),
    tools: callable.map(({ tool }) => tool as unknown as JsonObject),
    byName: new Map(callable.map((operation) => [operation.tool.name, operation])),
    base,
    authorize: createAuthorize(config, { schemes, origins, secret, tokens }),
    tokens,
    egress: context.egress,
    origins: originBook,
    send: {
      attemptsMax: config.attempts ?? limits.apiAttemptsMax,
      headersTimeoutMs: config.timeoutMs,
    },
  };
}

/** True when a document is to be read from its address. */
export const isAddress = (document: OpenapiConfig['document']): document is string =>
  typeof document === 'string' && /^https?:\/\/\S+$/.test(document.trim());

const addressOf = (document: OpenapiConfig['document']): string | undefined =>
  isAddress(document) ? document.trim() : undefined;

/** The document's text, or the object it was given as. */
async function readDocument(
  config: OpenapiConfig,
  documentUrl: string | undefined,
  context: ConnectorContext,
): Promise<string | JsonObject> {
  // Zod has seen an object; that it came from JSON is the registration's doing.
  if (documentUrl === undefined) return config.document as string | JsonObject;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(config.documentHeaders ?? {})) {
    headers.push([name.toLowerCase(), await readSecret(value, (it) => context.secret(it))]);
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
  routes: config.routes,
  profile: config.profile,
});

/** Credentials belong to the main server and to what the configuration adds. */
function originsOf(config: OpenapiConfig, base: RequestBase): ReadonlySet<string> {
  const origins = new Set((config.credentialOrigins ?? []).map((url) => new URL(url).origin));
  try {
    origins.add(resolveServer(base.mainServer === undefined ? [] : [base.mainServer], base).origin);
  } catch (error) {
    // Without an address nothing can be called; each call says so.
    if (!(error instanceof GatewayError)) throw error;
  }
  return origins;
}
