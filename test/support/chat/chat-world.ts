import type { ServiceRuntime } from '../../../src/catalog/service-runtime.ts';
import type { NamedTarget, TenantSnapshot } from '../../../src/catalog/tenant-snapshot.ts';
import type { CallerTerms } from '../../../src/chat/caller-terms.ts';
import type { AgentEngine, CostLimit, Run, RunEvent } from '../../../src/chat/loop/agent-engine.ts';
import { createAgentEngine } from '../../../src/chat/loop/create-agent-engine.ts';
import type { AgentEngineContext, LoadedParts } from '../../../src/chat/loop/run-work.ts';
import type { OpenModel } from '../../../src/chat/models/model-book.ts';
import { wholeShelf } from './whole-shelf.ts';
import { ApprovalDesk } from '../../../src/gateway/approvals/approval-desk.ts';
import { createCallApprovals } from '../../../src/gateway/approvals/call-approvals.ts';
import type { Admitted } from '../../../src/gateway/exchange.ts';
import {
  createModelSteps,
  type ModelStepsContext,
} from '../../../src/gateway/spending/model-steps.ts';
import { RpcError } from '../../../src/kernel/errors.ts';
import { IdSource } from '../../../src/kernel/ids.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { JsonBytes } from '../../../src/kernel/json-bytes.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { MemoryBus } from '../../../src/kernel/memory-bus.ts';
import { Seal } from '../../../src/kernel/seal.ts';
import type { McpOutcome } from '../../../src/mcp/message.ts';
import type { UsageRecord } from '../../../src/metering/usage-fields.ts';
import type { ApprovalRule, ReadRule } from '../../../src/policy/guardrails/guard-rule.ts';
import type { ArtifactStore } from '../../../src/chat/conversations/artifact-store.ts';
import { memoryArtifactStore } from '../memory-artifact-store.ts';
import { testPrincipal } from '../test-principal.ts';
import { memoryApprovalStore } from './memory-approval-store.ts';
import { journalDisk, MemoryRunJournal, type JournalDeath } from './memory-run-journal.ts';

/** What a tool of the world does with a call. */
export type WorldTool = (
  params: JsonObject,
  admitted: Admitted,
) => McpOutcome | Promise<McpOutcome>;

/** A finished result. */
export function completed(result: JsonObject): McpOutcome {
  return { resultType: 'complete', result: JsonBytes.fromValue(result) };
}

/** A finished result of one text. */
export function saying(text: string, more: JsonObject = {}): McpOutcome {
  return completed({ content: [{ type: 'text', text }], ...more });
}

/** What a world may be given. */
export interface WorldOptions {
  readonly models: readonly OpenModel[];
  /** By public name; `definition` besides the name. */
  readonly tools?: Readonly<Record<string, { readonly definition?: JsonObject; run: WorldTool }>>;
  readonly limits?: Partial<Run['limits']>;
  readonly text?: string;
  /** Of the gateway, for every run. */
  readonly costLimits?: readonly CostLimit[];
  readonly system?: string;
  readonly caller?: CallerTerms;
  readonly trusted?: readonly string[];
  readonly rules?: readonly ApprovalRule[];
  readonly spending?: ModelStepsContext['spending'];
  readonly load?: () => Promise<LoadedParts>;
}

/** A call that reached a service. */
interface WorldCall {
  readonly tool: string;
  readonly params: JsonObject;
  readonly actor: unknown;
}

const ANYTHING: JsonObject = { type: 'object' };

/** An engine over services, approvals, files and a journal in memory. */
export function chatWorld(options: WorldOptions) {
  const { models, tools = {} } = options;
  const calls: WorldCall[] = [];
  const targets = targetsOf(tools);
  const usage: UsageRecord[] = [];
  const artifacts = memoryArtifactStore();
  const store = memoryApprovalStore();
  const ids = new IdSource();
  const desk = new ApprovalDesk({
    store,
    seal: new Seal([{ id: 'k', secret: Buffer.alloc(32) }], 'approval'),
    ids,
    bus: new MemoryBus(),
    notifiers: [],
    now: Date.now,
  });
  const world = { calls, usage, artifacts, desk, ids, targets };
  const context = contextOf(options, world);
  const disk = journalDisk(options.text ?? 'Go.');
  const principal = { ...testPrincipal(), actor: { kind: 'chat', id: 'chr_1' } as const };
  const stop = new AbortController();
  let engine: AgentEngine = createAgentEngine(context, options.load);
  return {
    calls,
    usage,
    artifacts,
    approvals: store,
    desk,
    disk,
    principal,
    stop,
    targets,
    /** Goes on as a new process does. */
    restart: (): void => {
      engine = createAgentEngine(context, options.load);
    },
    proceed: (death?: JournalDeath) =>
      engine.proceed({
        id: 'chr_1',
        conversationId: 'cnv_1',
        principal,
        models,
        system: options.system ?? 'Help.',
        limits: { stepsMax: 20, totalMs: 30_000, parallelCallsMax: 4, ...options.limits },
        ...(options.caller && { caller: options.caller }),
        journal: new MemoryRunJournal(disk, death),
        signal: stop.signal,
      }),
    /** What readers were told, of one kind. */
    told: <Type extends RunEvent['type']>(type: Type) =>
      disk.events.filter(
        (event): event is Extract<RunEvent, { type: Type }> => event.type === type,
      ),
    /** All that was said. */
    text: (): string =>
      disk.events.map((event) => (event.type === 'text' ? event.text : '')).join(''),
    /** Results of tools as they are kept. */
    results: () =>
      disk.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool_result')),
  };
}

interface WorldParts {
  readonly calls: WorldCall[];
  readonly usage: UsageRecord[];
  readonly artifacts: ArtifactStore;
  readonly desk: ApprovalDesk;
  readonly ids: IdSource;
  readonly targets: ReadonlyMap<string, NamedTarget>;
}

function contextOf(options: WorldOptions, world: WorldParts): AgentEngineContext {
  const { tools = {}, trusted = [], rules = [] } = options;
  const { calls, usage, artifacts, desk, ids, targets } = world;
  const read = rules.map((rule, at): ReadRule<'approval'> => {
    return { id: `arl_${at}`, name: 'one', rule, sealedSecret: null, concerns: () => true };
  });
  return {
    gateway: {
      handle: async (admitted) => {
        const { params } = admitted.request;
        const tool = params['name'] as string;
        const { actor } = admitted.principal;
        calls.push({ tool, params, actor });
        admitted.io.recorded?.(`use_${calls.length}`);
        const found = tools[tool];
        if (found === undefined) throw new RpcError(-32602, `Unknown tool: ${tool}`);
        return await found.run(params, admitted);
      },
    },
    shelf: wholeShelf(() => ({ tools: targets }) as unknown as TenantSnapshot),
    artifacts,
    approvals: createCallApprovals({
      rules: { of: () => ({ arguments: [], results: [], approvals: read }) },
      desk,
    }),
    modelSteps: createModelSteps({
      usageLog: {
        append: (record) => Promise.resolve(void usage.push(record)),
        drain: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
      nodeId: 'nod_1',
      ids,
      spending: options.spending,
      now: Date.now,
    }),
    costLimits: options.costLimits ?? [],
    isTrusted: (_, slug) => trusted.includes(slug),
    log: silentLog,
    now: Date.now,
  };
}

function targetsOf(tools: NonNullable<WorldOptions['tools']>): Map<string, NamedTarget> {
  const lives = new Map<
    string,
    { readonly service: JsonObject; readonly listing: { readonly tools: JsonObject[] } }
  >();
  const targets = new Map<string, NamedTarget>();
  for (const [publicName, { definition = {} }] of Object.entries(tools)) {
    const [slug = '', name = ''] = publicName.split('__');
    const live = lives.get(slug) ?? {
      service: { id: `svc_${slug}`, slug },
      listing: { tools: [] as JsonObject[] },
    };
    lives.set(slug, live);
    const full: JsonObject = { name, inputSchema: ANYTHING, ...definition };
    live.listing.tools.push(full);
    targets.set(publicName, {
      live: live as unknown as ServiceRuntime,
      name,
      definition: full,
    });
  }
  return targets;
}

/** Annotations of a tool that only reads. */
export const READS: JsonObject = { annotations: { readOnlyHint: true } };
