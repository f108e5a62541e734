import { GatewayError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Egress } from '../../../kernel/egress.ts';
import {
  createAuthorize,
  type Authorize,
  type AuthorizeSettings,
} from '../auth/create-authorize.ts';
import type {
  CompiledComposite,
  CompiledDocument,
  CompiledOperation,
} from '../model/compiled-document.ts';
import { createTokenSource, type TokenSource } from '../auth/oauth-tokens.ts';
import type { OriginBreakers } from './origin-breakers.ts';
import { resolveServer, type RequestBase } from '../request/resolve-server.ts';
import type { SendOptions } from './send-request.ts';

/** A document loaded, compiled and ready to be called. */
export interface OpenapiService {
  readonly document: CompiledDocument;
  /** The document as it was read. */
  source(): string;
  /** The tools as tools/list shows them. */
  readonly tools: readonly JsonObject[];
  readonly byName: ReadonlyMap<string, CompiledOperation>;
  readonly composites: ReadonlyMap<string, CompiledComposite>;
  readonly base: RequestBase;
  readonly authorize: Authorize;
  readonly tokens: TokenSource;
  readonly egress: Egress;
  readonly send: SendOptions;
  readonly origins: OriginBreakers;
}

/** The part of a service's configuration that matters once its document is compiled. */
export interface ServiceSettings extends AuthorizeSettings {
  readonly baseUrl?: string | undefined;
  readonly credentialOrigins?: readonly string[] | undefined;
  readonly pathSlash?: 'encode' | 'refuse' | undefined;
  readonly attempts?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly exposure?: 'static' | 'search' | 'resources' | undefined;
  readonly answerCharacters?: number | undefined;
  readonly rest?: 'argument' | 'tool' | undefined;
}

/** What a service is called with. */
export interface ServiceDependencies {
  /** The document's own address, when it has one. */
  readonly documentUrl: string | undefined;
  readonly source: () => string;
  readonly egress: Egress;
  readonly secret: (name: string) => Promise<string>;
  readonly origins: OriginBreakers;
}

/** Makes a compiled document callable. */
export function makeService(
  document: CompiledDocument,
  settings: ServiceSettings,
  { documentUrl, source, egress, secret, origins }: ServiceDependencies,
): OpenapiService {
  const callable = document.operations.filter(({ isResource }) => isResource !== true);
  const composites = document.composites ?? [];
  const base: RequestBase = {
    baseUrl: settings.baseUrl,
    documentUrl,
    mainServer: document.service.servers[0],
    pathSlash: settings.pathSlash ?? 'encode',
  };
  const tokens = createTokenSource(egress, secret);
  const schemes = document.service.securitySchemes;
  const own = originsOf(settings, base);
  return {
    document,
    source,
    tools: [...callable, ...composites].map(({ tool }) => tool as unknown as JsonObject),
    byName: new Map(callable.map((operation) => [operation.tool.name, operation])),
    composites: new Map(composites.map((composite) => [composite.tool.name, composite])),
    base,
    authorize: createAuthorize(settings, { schemes, origins: own, secret, tokens }),
    tokens,
    egress,
    origins,
    send: {
      attemptsMax: settings.attempts ?? limits.apiAttemptsMax,
      headersTimeoutMs: settings.timeoutMs,
    },
  };
}

/** Credentials belong to the main server and to what the configuration adds. */
function originsOf(settings: ServiceSettings, base: RequestBase): ReadonlySet<string> {
  const origins = new Set((settings.credentialOrigins ?? []).map((url) => new URL(url).origin));
  try {
    origins.add(resolveServer(base.mainServer === undefined ? [] : [base.mainServer], base).origin);
  } catch (error) {
    // Without an address nothing can be called; each call says so.
    if (!(error instanceof GatewayError)) throw error;
  }
  return origins;
}
