import type { IdSource } from '../../kernel/ids.ts';
import { formatMoney } from '../../kernel/money.ts';
import { actorText, type Principal } from '../../kernel/principal.ts';
import type { AnnouncingLog, UsageLog } from '../../metering/store.ts';
import type { UsageOutcome, UsageRecord } from '../../metering/usage-fields.ts';
import type { SpendControl } from './spend-control.ts';

/** The method under which a step of a language model is recorded; its tool is the model's name. */
export const STEP_METHOD = 'chat/step';

/** A step of a model that is about to be asked for. */
export interface ModelStep {
  /** With what acts for the subject. */
  readonly principal: Principal;
  /** `provider/model`. */
  readonly model: string;
  /** What the model is sent. */
  readonly bytesIn: number;
}

/** What a step used. */
export interface ModelStepUsage {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly isEstimated: boolean;
}

/** How a step ended. */
export interface ModelStepEnd {
  readonly outcome: Extract<UsageOutcome, 'ok' | 'upstream_error' | 'cancelled' | 'upstream_lost'>;
  readonly usage: ModelStepUsage;
  /** At the provider's prices; undefined for an unpriced model. */
  readonly cost: { readonly nano: bigint; readonly currency: string } | undefined;
  readonly bytesOut: number;
}

/** A step that may go ahead. */
export interface HeldStep {
  readonly usageId: string;
  /** Resolves when its record is durable; called once. */
  settle(end: ModelStepEnd): Promise<void>;
}

/** Meters the steps of language models as calls are metered: reserved before, recorded after. */
export interface ModelSteps {
  /** Rejects with what spending refuses: `insufficient_credit`, `budget_exhausted`, … */
  begin(step: ModelStep): Promise<HeldStep>;
}

/** What metering needs. */
export interface ModelStepsContext {
  readonly usageLog: UsageLog;
  readonly nodeId: string;
  readonly ids: Pick<IdSource, 'next'>;
  /** Credit and budgets; without it nothing has a limit. */
  readonly spending?: SpendControl | undefined;
  /** Tells the log of steps before they are asked for, where it is told of all calls. */
  readonly announcing?:
    | { readonly usageLog: Pick<AnnouncingLog, 'announce'>; readonly isForAll: boolean }
    | undefined;
  now(): number;
}

const NOTHING: ModelStepUsage = {
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  isEstimated: true,
};

/** Makes it over the log of calls. */
export function createModelSteps(context: ModelStepsContext): ModelSteps {
  const { usageLog, ids, spending, announcing, now } = context;
  return {
    begin: async (step) => {
      const { principal, model, bytesIn } = step;
      const { tenant, subject, grantId } = principal;
      const startedAtMs = now();
      const startedMonotonicMs = performance.now();
      const held = spending?.isBound(tenant)
        ? await spending.hold({
            tenant,
            userId: subject.id,
            grantId,
            services: [],
            tool: model,
            method: STEP_METHOD,
            startedAtMs,
            bytesIn,
            attributes: null,
          })
        : undefined;
      const usageId = ids.next('use');
      const recordOf = (outcome: UsageOutcome, end: Omit<ModelStepEnd, 'outcome'>): UsageRecord => {
        const durationMs = performance.now() - startedMonotonicMs;
        const times = { startedAtMs, endedAtMs: now(), durationMs, upstreamMs: durationMs };
        return { ...blank(context.nodeId, usageId, step), ...times, ...facts(end), outcome };
      };
      try {
        if (announcing?.isForAll === true) {
          const end = { usage: NOTHING, cost: undefined, bytesOut: 0 };
          await announcing.usageLog.announce(recordOf('unknown_crash', end));
        }
      } catch (error) {
        await held?.release();
        throw error;
      }
      return {
        usageId,
        settle: async (end) => {
          const record = recordOf(end.outcome, end);
          try {
            await usageLog.append(held ? { ...record, holds: held.settle(record) } : record);
          } finally {
            await held?.release();
          }
        },
      };
    },
  };
}

function blank(nodeId: string, usageId: string, { principal, model, bytesIn }: ModelStep) {
  return {
    id: usageId,
    tenant: principal.tenant,
    chargeKey: usageId,
    nodeId,
    credentialId: principal.credentialId,
    userId: principal.subject.id,
    sessionId: null,
    part: null,
    serviceId: null,
    method: STEP_METHOD,
    tool: model,
    clientEra: 'modern',
    upstreamEra: null,
    bytesIn,
    events: 0,
    upstreamCalled: true,
    grantId: principal.grantId,
    actor: actorText(principal),
    task: null,
    attributes: null,
    holds: null,
  } as const;
}

/** Whole numbers of tokens under the units that price lists know, and the provider's price. */
function facts({ usage, cost, bytesOut }: Omit<ModelStepEnd, 'outcome'>) {
  const amounts: Record<string, number> = {
    'token:input': usage.inputTokens,
    'token:cached': usage.cachedTokens,
    'token:cache_write': usage.cacheWriteTokens,
    'token:output': usage.outputTokens,
    'token:reasoning': usage.reasoningTokens,
  };
  const used = Object.entries(amounts).filter(([, amount]) => amount > 0);
  const quantities: Record<string, string> = Object.fromEntries(
    used.map(([unit, amount]) => [unit, String(amount)]),
  );
  if (cost !== undefined)
    quantities['reported_price'] = `${formatMoney(cost.nano)} ${cost.currency}`;
  if (usage.isEstimated && used.length > 0) quantities['custom:estimated'] = '1';
  const isEmpty = Object.keys(quantities).length === 0;
  return { bytesOut, quantities: isEmpty ? null : JSON.stringify(quantities) };
}
