import { SEARCH_SLUG, type ToolFinder } from '../../gateway/finder/tool-finder.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';

/** The search over tools, loaded when somebody first comes to its endpoint. */
export function lazyFinder(log: Log): ToolFinder {
  let loading: Promise<void> | undefined;
  let loaded: ToolFinder | undefined;
  const load = async (): Promise<void> => {
    const { SearchService } = await import('../../tool-search/search-service.ts');
    const service = new SearchService(log);
    await service.ready();
    loaded = service;
  };
  const finder = (): ToolFinder => {
    if (loaded === undefined) throw new GatewayError('shutting_down');
    return loaded;
  };
  return {
    slug: SEARCH_SLUG,
    ready() {
      loading ??= load();
      return loading;
    },
    routesOf: (view) => finder().routesOf(view),
    is: (live) => loaded?.is(live) === true,
    answer: (permitted, target, view) => finder().answer(permitted, target, view),
    called: (principal, name, view) => loaded?.called(principal, name, view),
    async [Symbol.asyncDispose]() {
      await loading;
      await loaded?.[Symbol.asyncDispose]();
    },
  };
}
