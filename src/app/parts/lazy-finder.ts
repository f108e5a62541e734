import { SEARCH_SLUG, type ToolFinder } from '../../gateway/finder/tool-finder.ts';
import type { Bus } from '../../kernel/bus.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { tenantId, type TenantId } from '../../kernel/principal.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ToolLearning } from '../../tool-search/tool-learning.ts';
import type { ViewIndexes } from '../../tool-search/view-indexes.ts';
import type { Config } from '../config/config-schema.ts';

/** What the search over tools is made from. */
export interface FinderBase {
  readonly config: Pick<Config, 'toolSearch'>;
  readonly storage: Pick<Storage, 'toolUses'>;
  readonly bus: Bus;
  readonly log: Log;
}

/** The search over tools, which is not there before somebody wants it. */
export interface LazyFinder extends ToolFinder {
  /** The indexes of views, which every search over tools shares. */
  indexes(): Promise<ViewIndexes>;
  /** Writes down what searches and calls taught since the last time. */
  writeUses(): Promise<void>;
  /** What was learnt of a tenant changed; nothing where nothing was read. */
  usesChanged(tenant: TenantId): void;
}

interface Shared {
  readonly learning: ToolLearning;
  readonly indexes: ViewIndexes;
}

/** The search over tools, loaded when somebody first comes to its endpoint, or chats. */
export function lazyFinder({ config, storage, bus, log }: FinderBase): LazyFinder {
  let sharing: Promise<Shared> | undefined;
  let shared: Shared | undefined;
  let loading: Promise<void> | undefined;
  let loaded: ToolFinder | undefined;
  const share = (): Promise<Shared> => {
    sharing ??= loadShared({ config, storage, log }).then((made) => (shared = made));
    return sharing;
  };
  const load = async (): Promise<void> => {
    const [{ SearchService }, parts] = await Promise.all([
      import('../../tool-search/search-service.ts'),
      share(),
    ]);
    const service = new SearchService({ log, ...parts });
    await service.ready();
    loaded = service;
  };
  const finder = (): ToolFinder => {
    if (loaded === undefined) throw new GatewayError('shutting_down');
    return loaded;
  };
  const usesChanged = (tenant: TenantId): void => shared?.learning.changed(tenant);
  const undo = bus.on('domain.changed', ({ domain, tenant }) => {
    if (domain === 'tool-uses') usesChanged(tenantId(tenant));
  });
  return {
    slug: SEARCH_SLUG,
    ready() {
      loading ??= load();
      return loading;
    },
    indexes: async () => (await share()).indexes,
    writeUses: async () => await shared?.learning.write(),
    usesChanged,
    routesOf: (view) => finder().routesOf(view),
    is: (live) => loaded?.is(live) === true,
    answer: (permitted, target, view) => finder().answer(permitted, target, view),
    called: (principal, name, view) => loaded?.called(principal, name, view),
    async [Symbol.asyncDispose]() {
      undo();
      await loading;
      await loaded?.[Symbol.asyncDispose]();
    },
  };
}

async function loadShared({ config, storage, log }: Omit<FinderBase, 'bus'>): Promise<Shared> {
  const [{ ToolLearning: Learning }, { ViewIndexes: Indexes }] = await Promise.all([
    import('../../tool-search/tool-learning.ts'),
    import('../../tool-search/view-indexes.ts'),
  ]);
  const isOn = config.toolSearch.learning;
  const learning = new Learning({ store: storage.toolUses, isOn, log, now: Date.now });
  return { learning, indexes: new Indexes(learning) };
}
