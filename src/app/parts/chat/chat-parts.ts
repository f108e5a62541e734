import { keepArtifacts } from '../../../chat/desk/keep-artifacts.ts';
import type { AgentEngine } from '../../../chat/loop/agent-engine.ts';
import { createAgentEngine } from '../../../chat/loop/create-agent-engine.ts';
import type { ModelBook } from '../../../chat/models/model-book.ts';
import { searchShelf } from '../../../chat/tools/search-shelf.ts';
import { createCallApprovals } from '../../../gateway/approvals/call-approvals.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { RoutingTables } from '../../../gateway/routing-tables.ts';
import { createModelSteps } from '../../../gateway/spending/model-steps.ts';
import type { SpendControl } from '../../../gateway/spending/spend-control.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import type { AnnouncingLog, UsageLog } from '../../../metering/store.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Config } from '../../config/config-schema.ts';
import type { BuiltGuard } from '../build-guard.ts';
import type { LazyModels } from './build-models.ts';

/** Who works on runs, and with which models. */
export interface ChatParts {
  readonly engine: AgentEngine;
  readonly models: ModelBook;
}

/** What they are made from. */
export interface ChatPartsBase
  extends Pick<RoutingTables, 'viewOf'>, Pick<BuiltGuard, 'guardRules' | 'approvals'> {
  readonly config: Pick<Config, 'metering'>;
  readonly gateway: Gateway;
  readonly storage: Storage;
  readonly spending: SpendControl;
  readonly usageLog: UsageLog & AnnouncingLog;
  readonly models: LazyModels;
  readonly nodeId: string;
  readonly ids: IdSource;
  readonly log: Log;
}

/** Makes the engine that works on runs, over the spine that every other call goes through. */
export async function openChatParts(base: ChatPartsBase): Promise<ChatParts> {
  const { gateway, viewOf, storage, spending, usageLog, nodeId, ids, log } = base;
  const now = Date.now;
  const announcing = { usageLog, isForAll: base.config.metering.durability === 'strict' };
  const engine = createAgentEngine({
    gateway,
    shelf: searchShelf(viewOf),
    artifacts: keepArtifacts(storage.chats.artifacts, ids, now),
    approvals: createCallApprovals({ rules: base.guardRules, desk: base.approvals }),
    modelSteps: createModelSteps({ usageLog, nodeId, ids, spending, announcing, now }),
    // Whatever a service answers comes from outside: nobody can say of one that it does not.
    isTrusted: () => false,
    log,
    now,
  });
  return { engine, models: (await base.models.load()).book };
}
