import { GatewayError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ConnectorContext } from '../../upstream/contract.ts';
import type { Egress } from '../../upstream/egress.ts';
import { bundleFiles } from './bundle-files.ts';
import { changeTools } from './change-tools.ts';
import { compile } from './compile.ts';
import type { OpenapiConfig } from './config.ts';
import { createAuthorize, readSecret, type Authorize } from './create-authorize.ts';
import { fetchDocument } from './fetch-document.ts';
import { loadDocument, type LoadedDocument } from './load-document.ts';
import type { CompiledDocument, CompiledOperation } from './model.ts';
import { createTokenSource, type TokenSource } from './oauth-tokens.ts';
import { resolveServer, type RequestBase } from './resolve-server.ts';
import type { SendOptions } from './send-request.ts';
import { operationSelector } from './select-operations.ts';

/** A document loaded, compiled and ready to be called. */
export interface OpenapiService {
  readonly document: CompiledDocument;
  readonly byName: ReadonlyMap<string, CompiledOperation>;
  readonly base: RequestBase;
  readonly authorize: Authorize;
  readonly tokens: TokenSource;
  readonly egress: Egress;
  readonly send: SendOptions;
}

const DIAGNOSTICS_LOGGED_MAX = 20;

/** Reads the document of a service and compiles it. Throws GatewayError. */
export async function loadService(
  config: OpenapiConfig,
  context: ConnectorContext,
): Promise<OpenapiService> {
  const secret = (name: string): Promise<string> => context.secret(name);
  const documentUrl = addressOf(config.document);
  const loaded = await readRoot(config, documentUrl, context);
  const compiled = compile(await withFiles(loaded.root, config), {
    toolNameLengthMax: limits.toolNameLengthMax - context.slug.length - 2,
    descriptions: config.descriptions ?? 'auto',
    outputSchema: config.outputSchema ?? 'off',
    serverVariables: config.serverVariables ?? {},
    select: operationSelector(config),
  });
  const document = changeTools(compiled, config.tools ?? {});
  const diagnostics = [...loaded.diagnostics, ...document.diagnostics];
  for (const { code, text } of diagnostics.slice(0, DIAGNOSTICS_LOGGED_MAX)) {
    context.log.warn({ service: context.serviceId, code }, text);
  }
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
    document: { ...document, diagnostics },
    byName: new Map(document.operations.map((operation) => [operation.tool.name, operation])),
    base,
    authorize: createAuthorize(config, { schemes, origins, secret, tokens }),
    tokens,
    egress: context.egress,
    send: {
      attemptsMax: config.attempts ?? limits.apiAttemptsMax,
      headersTimeoutMs: config.timeoutMs,
    },
  };
}

function addressOf(document: OpenapiConfig['document']): string | undefined {
  if (typeof document !== 'string' || !/^https?:\/\/\S+$/.test(document.trim())) return undefined;
  return document.trim();
}

async function readRoot(
  config: OpenapiConfig,
  documentUrl: string | undefined,
  context: ConnectorContext,
): Promise<LoadedDocument> {
  const { document } = config;
  // Zod has seen an object; that it came from JSON is the registration's doing.
  if (typeof document !== 'string') return { root: document as JsonObject, diagnostics: [] };
  if (documentUrl === undefined) return await loadDocument(document);
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(config.documentHeaders ?? {})) {
    headers.push([name.toLowerCase(), await readSecret(value, (it) => context.secret(it))]);
  }
  const source = await fetchDocument(documentUrl, Object.fromEntries(headers), context.egress);
  return await loadDocument(source);
}

async function withFiles(root: JsonObject, config: OpenapiConfig): Promise<JsonObject> {
  const files: [string, Json][] = [];
  for (const [path, file] of Object.entries(config.files ?? {})) {
    const root = typeof file === 'string' ? (await loadDocument(file)).root : (file as JsonObject);
    files.push([path, root]);
  }
  return bundleFiles(root, Object.fromEntries(files));
}

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
