import type { Catalog } from '../../../catalog/catalog.ts';
import { keepArtifacts } from '../../../chat/desk/keep-artifacts.ts';
import type { AgentEngine, CostLimit } from '../../../chat/loop/agent-engine.ts';
import { createAgentEngine } from '../../../chat/loop/create-agent-engine.ts';
import type { ModelBook } from '../../../chat/models/model-book.ts';
import { searchShelf } from '../../../chat/tools/search-shelf.ts';
import { createCallApprovals } from '../../../gateway/approvals/call-approvals.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { RoutingTables } from '../../../gateway/routing-tables.ts';
import { createModelSteps } from '../../../gateway/spending/model-steps.ts';
import type { SpendControl } from '../../../gateway/spending/spend-control.ts';
import { parseExact, toNano } from '../../../kernel/exact.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import type { AnnouncingLog, UsageLog } from '../../../metering/store.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Config } from '../../config/config-schema.ts';
import type { BuiltGuard } from '../build-guard.ts';
import type { LazyFinder } from '../lazy-finder.ts';
import type { LazyModels } from './build-models.ts';

/** Who works on runs, and with which models. */
export interface ChatParts {
  readonly engine: AgentEngine;
  readonly models: ModelBook;
}

/** What they are made from. */
export interface ChatPartsBase
  extends Pick<RoutingTables, 'viewOf'>, Pick<BuiltGuard, 'guardRules' | 'approvals'> {
  readonly config: Pick<Config, 'metering' | 'chat'>;
  readonly gateway: Gateway;
  readonly catalog: Pick<Catalog, 'lives'>;
  readonly storage: Storage;
  readonly spending: SpendControl;
  readonly usageLog: UsageLog & AnnouncingLog;
  readonly models: LazyModels;
  readonly finder: Pick<LazyFinder, 'indexes'>;
  readonly nodeId: string;
  readonly ids: IdSource;
  readonly log: Log;
}

/** Makes the engine that works on runs, over the spine that every other call goes through. */
export async function openChatParts(base: ChatPartsBase): Promise<ChatParts> {
  const { gateway, catalog, viewOf, storage, spending, usageLog, nodeId, ids, log } = base;
  const now = Date.now;
  const announcing = { usageLog, isForAll: base.config.metering.durability === 'strict' };
  const engine = createAgentEngine({
    gateway,
    shelf: searchShelf(viewOf, await base.finder.indexes()),
    artifacts: keepArtifacts(storage.chats.artifacts, ids, now),
    approvals: createCallApprovals({ rules: base.guardRules, desk: base.approvals }),
    modelSteps: createModelSteps({ usageLog, nodeId, ids, spending, announcing, now }),
    costLimits: costLimitsOf(base.config.chat),
    isTrusted: (tenant, slug) => {
      const live = catalog.lives(tenant).find(({ service }) => service.slug === slug);
      return live?.service.trust === 'trusted';
    },
    log,
    now,
  });
  return { engine, models: (await base.models.load()).book };
}

/** The limits of the configuration: `0.50 USD`. */
function costLimitsOf({ runCostMax, conversationCostMax }: Config['chat']): readonly CostLimit[] {
  const limits = { run: runCostMax, conversation: conversationCostMax } as const;
  return (['run', 'conversation'] as const).flatMap((scope) => {
    const [amount, currency] = limits[scope]?.split(' ') ?? [];
    if (amount === undefined || currency === undefined) return [];
    return [{ scope, max: { nano: toNano(parseExact(amount)), currency } }];
  });
}
