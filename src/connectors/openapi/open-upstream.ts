import { limits } from '../../kernel/limits.ts';
import { MODERN_VERSION } from '../../mcp/protocol.ts';
import type { ConnectorContext, Discovery, ListKind, Upstream } from '../../upstream/contract.ts';
import { lazy } from '../../upstream/lazy.ts';
import { listenToNothing } from '../../upstream/tool-server.ts';
import type { OpenapiConfig } from './prepare/config.ts';
import type { DocumentCache } from './prepare/document-cache.ts';
import type { HeldAnswers } from './answer/held-answers.ts';
import { isAddress } from './prepare/is-address.ts';
import { loadService } from './prepare/load-service.ts';
import type { OpenapiService } from './call/make-service.ts';
import type { Diagnostic } from './model/compiled-document.ts';
import { resolveServer } from './request/resolve-server.ts';
import { openSurface, type ServiceSurface } from './surface/open-surface.ts';
import { createOriginBreakers } from './call/origin-breakers.ts';

/** What the services of one gateway share. */
interface SharedState {
  readonly cache: DocumentCache;
  readonly answers: HeldAnswers;
}

interface Opened {
  readonly service: OpenapiService;
  readonly surface: ServiceSurface;
}

/** Opens one service; its document is read when it is first needed. */
export function openUpstream(
  config: OpenapiConfig,
  context: ConnectorContext,
  { cache, answers }: SharedState,
): Upstream {
  const rest = { answers, serviceId: context.serviceId };
  const origins = createOriginBreakers((health) =>
    context.changed({ kind: 'origins', origins: health }),
  );
  const load = async (): Promise<Opened> => {
    const service = await loadService(config, context, { origins, cache });
    return { service, surface: openSurface(config, service, rest) };
  };
  const opened = lazy(load);
  /** Reads the document again; true when it is another one. What fails leaves all as it is. */
  const reload = async (): Promise<boolean> => {
    const [old, fresh] = [await opened.get(), await load()];
    if (old.service.document === fresh.service.document) return false;
    opened.set(fresh);
    return toolsText(old.service) !== toolsText(fresh.service);
  };
  const refresh = async (): Promise<void> => {
    if (!opened.isWanted) return;
    try {
      if (await reload()) {
        const lists = Object.keys((await opened.get()).surface.capabilities) as ListKind[];
        context.changed({ kind: 'lists', lists });
      }
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      context.log.warn({ service: context.serviceId }, `The document was not renewed: ${problem}`);
    }
  };
  const { refreshMs } = config;
  const repeated = refreshMs === undefined ? undefined : context.repeat(refreshMs, refresh);
  const stop = (): void => repeated?.[Symbol.dispose]();
  context.signal.addEventListener('abort', stop, { once: true });
  return {
    discover: async () => {
      if (opened.isWanted && isAddress(config.document)) await reload();
      return describe(config, await opened.get());
    },
    request: async (request, io) => (await opened.get()).surface.answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => {
      stop();
      answers.forget(context.serviceId);
      context.signal.removeEventListener('abort', stop);
      return Promise.resolve();
    },
  };
}

const toolsText = ({ document: { operations, composites } }: OpenapiService): string =>
  JSON.stringify([operations.map(({ tool, plan }) => [tool, plan]), composites]);

function describe(config: OpenapiConfig, { service, surface }: Opened): Discovery {
  const { title, version, description } = service.document.service;
  return {
    era: 'modern',
    protocolVersion: MODERN_VERSION,
    serverInfo: { name: title === '' ? 'openapi' : title, version: version || '0' },
    capabilities: surface.capabilities,
    ...(description === undefined ? {} : { instructions: description }),
    diagnostics: diagnosticsOf(config, service),
    listsVaryByCapabilities: false,
  };
}

function diagnosticsOf(config: OpenapiConfig, service: OpenapiService): readonly Diagnostic[] {
  const { tools, document } = service;
  const long =
    (config.exposure ?? 'static') === 'static' && tools.length > limits.toolsInOneListMax;
  const found = [...document.diagnostics].toSorted(
    (one, two) => Number(one.severity === 'warning') - Number(two.severity === 'warning'),
  );
  const all = [
    ...(hasServer(service) ? [] : [noServer]),
    ...(long ? [tooManyTools(tools.length)] : []),
    ...found,
  ];
  const max = limits.documentDiagnosticsMax;
  return all.length <= max
    ? all
    : [...all.slice(0, max - 1), moreDiagnostics(all.length - max + 1)];
}

/** True when some operation has an address to be sent to. */
function hasServer({ base, document: { service, operations } }: OpenapiService): boolean {
  const all = [service.servers, ...operations.map(({ plan }) => plan.servers)];
  return all.some((servers) => {
    try {
      return resolveServer(servers, base).href !== '';
    } catch {
      return false;
    }
  });
}

const noServer: Diagnostic = {
  severity: 'error',
  code: 'no_server',
  text:
    'No tool can be called: the document names no absolute server; set "baseUrl" to the address ' +
    'of the API.',
};

const tooManyTools = (count: number): Diagnostic => ({
  severity: 'warning',
  code: 'many_tools',
  text:
    `${count} tools in one list confuse models; choose with "routes" or "include", ` +
    'or set "exposure" to "search".',
});

const moreDiagnostics = (count: number): Diagnostic => ({
  severity: 'warning',
  code: 'more_diagnostics',
  text: `${count} more are not shown.`,
});
