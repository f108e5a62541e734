import type { UsageRecord } from '../../metering/store.ts';
import { isCountedCall } from '../pools/counted-call.ts';
import type { CallHold, HoldPart, PoolDraw } from '../pools/lease-book.ts';
import { holdsText, type HeldFrom } from '../pools/record-holds.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import type { KnownBudget } from './known-budget.ts';
import { mostOfRecord } from './cost-of-call.ts';
import type { SpendRequest } from './spend-request.ts';

/** What a call takes from one pool at most. */
export interface CallDraw extends PoolDraw {
  readonly from: HeldFrom;
  /** Undefined for a wallet. */
  readonly budget: KnownBudget | undefined;
}

/** What is set aside for a call, until it is known what it did cost at most. */
export class CallSpending {
  readonly #hold: CallHold;
  readonly #draws: readonly CallDraw[];
  readonly #services: SpendRequest['services'];
  /** Undefined when nothing of it is money. */
  readonly #rules: CompiledRules | undefined;

  constructor(
    hold: CallHold,
    draws: readonly CallDraw[],
    services: SpendRequest['services'],
    rules: CompiledRules | undefined,
  ) {
    this.#hold = hold;
    this.#draws = draws;
    this.#services = services;
    this.#rules = rules;
  }

  /** What the record of a part must say of its holds, while the call goes on. */
  settlePart(record: UsageRecord): string | null {
    const asked = this.#amountsOf(record);
    return this.#textOf(asked, this.#hold.settlePart(asked));
  }

  /** What the record of the call must say of its holds. Called once, before it is written. */
  settle(record: UsageRecord): string | null {
    const asked = this.#amountsOf(record);
    return this.#textOf(asked, this.#hold.settle(asked));
  }

  /** The call is over and its record durable, or it will never have one. */
  release(): Promise<void> {
    return this.#hold.release();
  }

  /** What earlier parts have used up is still said: what is charged beyond it is counted there. */
  #textOf(asked: readonly bigint[], parts: readonly HoldPart[]): string | null {
    return holdsText(
      parts.flatMap(([leaseId, amount], index) => {
        const from = this.#draws[index]?.from ?? 'wallet';
        return (asked[index] ?? 0n) === 0n ? [] : [{ leaseId, amount, from }];
      }),
    );
  }

  #amountsOf(record: UsageRecord): readonly bigint[] {
    // A task is paid for at its end: until then all of it stays set aside.
    if (record.outcome === 'task') return this.#draws.map(({ amount }) => amount);
    const service = this.#services.find(({ id }) => id === record.serviceId);
    const money = this.#moneyOf(record);
    return this.#draws.map(({ from, amount, budget }) => {
      if (budget?.isAbout(service) === false) return 0n;
      if (from === 'calls') return isCountedCall(record) ? 1n : 0n;
      return money ?? amount;
    });
  }

  #moneyOf(record: UsageRecord): bigint | undefined {
    if (this.#rules === undefined) return 0n;
    try {
      return mostOfRecord(this.#rules, this.#services, record);
    } catch {
      // What cannot be rated is looked at by people; until then all of it stays set aside.
      return undefined;
    }
  }
}
