import { formatMoney } from '../../kernel/money.ts';
import type { StepUsage } from '../conversations/message.ts';
import type { ModelCost, OpenModel } from '../models/model-book.ts';
import type { CostLimit, CostScope, RunJournal, RunLimits } from './agent-engine.ts';
import { StopRun } from './stop-run.ts';

/** How large a step may become at most, as far as that is known before. */
export interface StepSize {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Money that is set aside for a step. */
export interface HeldCost {
  /** What it came to; called once, 0 when the step was not asked for. */
  settle(nano: bigint): Promise<void>;
}

type Journal = Pick<RunJournal, 'spent' | 'holdCost' | 'settleCost'>;

/**
 * What a run may spend, and its conversation. Before a step is asked for, the most that it may cost
 * is set aside durably; it is asked for when something is left of every limit. So what is spent
 * goes beyond a limit by one step at most, however many are asked for at once or again.
 */
export class RunPurse {
  readonly #journal: Journal;
  readonly #limits: readonly CostLimit[];
  /** By currency, what is set aside included. */
  readonly #sums = new Map<string, Record<CostScope, bigint>>();

  private constructor(journal: Journal, limits: readonly CostLimit[]) {
    this.#journal = journal;
    this.#limits = limits;
  }

  /** With what was spent before, in this run and in its conversation. */
  static async open(journal: Journal, limits: readonly CostLimit[]): Promise<RunPurse> {
    const purse = new RunPurse(journal, limits);
    for (const { isOfRun, nano, currency } of await journal.spent()) {
      purse.#add({ nano, currency }, isOfRun);
    }
    return purse;
  }

  /** Throws StopRun when a limit is reached. */
  check(): void {
    for (const { scope, max } of this.#limits) {
      const sum = this.#sums.get(max.currency)?.[scope] ?? 0n;
      if (sum < max.nano) continue;
      const [spent, limit] = [sum, max.nano].map((nano) => `${formatMoney(nano)} ${max.currency}`);
      const text = `The ${scope} has used ${spent} of the ${limit} that it may cost.`;
      throw new StopRun('cost', text);
    }
  }

  /**
   * Sets aside what a step of a model may cost. Throws StopRun when a limit is reached, and when a
   * limit cannot be kept because the model has no price in its currency.
   */
  async hold(model: OpenModel, size: StepSize, atMs: number): Promise<HeldCost> {
    this.check();
    const most = mostOf(model, size, atMs);
    const unkept = this.#limits.find(({ max }) => max.currency !== most?.currency);
    if (unkept !== undefined && most?.nano !== 0n) throw unpriced(model, unkept, most);
    if (most === undefined) return { settle: () => Promise.resolve() };
    this.#add(most, true);
    const id = await this.#journal.holdCost(most);
    return {
      settle: async (nano) => {
        this.#add({ nano: nano - most.nano, currency: most.currency }, true);
        await this.#journal.settleCost(id, { nano, currency: most.currency });
      },
    };
  }

  /** Counts what a call of a tool cost. */
  count(cost: ModelCost): void {
    this.#add(cost, true);
  }

  #add({ nano, currency }: ModelCost, isOfRun: boolean): void {
    const { run, conversation } = this.#sums.get(currency) ?? { run: 0n, conversation: 0n };
    this.#sums.set(currency, {
      run: isOfRun ? run + nano : run,
      conversation: conversation + nano,
    });
  }
}

/** The limits of a run: those that its caller set, and those of the gateway. All of them hold. */
export function costLimitsOf(
  { costMax, conversationCostMax }: RunLimits,
  usual: readonly CostLimit[],
): readonly CostLimit[] {
  return [
    ...(costMax === undefined ? [] : [{ scope: 'run', max: costMax } as const]),
    ...(conversationCostMax === undefined
      ? []
      : [{ scope: 'conversation', max: conversationCostMax } as const]),
    ...usual,
  ];
}

/** What a tool's result says of its cost, as money; parts of a billionth are left out. */
export function toolCost(cost: { readonly amount: string; readonly currency: string }): ModelCost {
  const [, whole = '0', part = ''] = /^(\d{1,15})(?:\.(\d{1,9}))?/.exec(cost.amount) ?? [];
  return { nano: BigInt(whole + part.padEnd(9, '0')), currency: cost.currency };
}

/** The dearer of a prompt that is read anew and one that is written to a cache. */
function mostOf(model: OpenModel, size: StepSize, atMs: number): ModelCost | undefined {
  const usage: StepUsage = {
    ...size,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    isEstimated: true,
  };
  const plain = model.costOf(usage, atMs);
  const written = model.costOf({ ...usage, cacheWriteTokens: size.inputTokens }, atMs);
  if (plain === undefined || written === undefined) return undefined;
  return plain.nano > written.nano ? plain : written;
}

function unpriced({ card }: OpenModel, { scope, max }: CostLimit, most: ModelCost | undefined) {
  const why = most === undefined ? 'has no price' : `is priced in ${most.currency}`;
  const text =
    `${card.name} ${why}, so the limit of ${formatMoney(max.nano)} ${max.currency} for the ` +
    `${scope} cannot be kept: give the model a price in ${max.currency}, or set no such limit.`;
  return new StopRun('cost', text, 'price_unbounded');
}
