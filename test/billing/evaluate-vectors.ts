import { accountAnswer, creditNoteAnswer } from './answers/account-answer.ts';
import { alertAnswer, progressAnswer } from './answers/alert-answer.ts';
import { currencyAnswer, minimumAnswer, roundedAnswer } from './answers/amount-answer.ts';
import { couponAnswer } from './answers/coupon-answer.ts';
import { creditAnswer, rolloverAnswer } from './answers/credit-answer.ts';
import { lateAnswer } from './answers/late-answer.ts';
import { periodAnswer } from './answers/period-answer.ts';
import { poolAnswer } from './answers/pool-answer.ts';
import { priceAnswer } from './answers/price-answer.ts';
import { prorationAnswer } from './answers/proration-answer.ts';
import { aggregationAnswer, roundingAnswer } from './answers/quantity-answer.ts';
import { repeatAnswer } from './answers/repeat-answer.ts';
import { tokenAnswer } from './answers/token-answer.ts';
import { type Answer, judgeAnswer } from './judge-answer.ts';
import { CannotExpress, type Vector } from './vector.ts';

/** What became of a vector; the reasons say which place of it, and why. */
export interface Outcome {
  readonly vector: Vector;
  readonly verdict: 'right' | 'wrong' | 'cannot';
  readonly reasons: readonly string[];
}

const answers: Readonly<Record<string, (vector: Vector) => Answer>> = {
  per_unit: priceAnswer,
  flat: priceAnswer,
  package: priceAnswer,
  graduated: (vector) =>
    vector.price?.['pooled_counter'] === undefined ? priceAnswer(vector) : poolAnswer(vector),
  volume: priceAnswer,
  graduated_percentage: priceAnswer,
  percentage: priceAnswer,
  allowance_overage: priceAnswer,
  quantity_rounding: roundingAnswer,
  minimum_commitment: minimumAnswer,
  cap: priceAnswer,
  delta: priceAnswer,
  late_correction: lateAnswer,
  proration: prorationAnswer,
  period: periodAnswer,
  credits: creditAnswer,
  rollover: rolloverAnswer,
  account_balance: accountAnswer,
  coupon: couponAnswer,
  credit_note: creditNoteAnswer,
  currency: currencyAnswer,
  rounding: roundedAnswer,
  tokens: tokenAnswer,
  aggregation: aggregationAnswer,
  idempotency: repeatAnswer,
  alerts: alertAnswer,
  progressive_billing: progressAnswer,
};

/** Asks the product for each vector and compares what it says. */
export function evaluateVectors(vectors: readonly Vector[]): readonly Outcome[] {
  return vectors.map(evaluateVector);
}

function evaluateVector(vector: Vector): Outcome {
  const answer = Object.hasOwn(answers, vector.kind) ? answers[vector.kind] : undefined;
  if (answer === undefined) return cannot(vector, `kind ${vector.kind} is not known`);
  try {
    const wrong = judgeAnswer(vector.expected, answer(vector), vector.currency);
    return { vector, verdict: wrong.length === 0 ? 'right' : 'wrong', reasons: wrong };
  } catch (error) {
    if (error instanceof CannotExpress) return cannot(vector, error.message);
    // The product refuses what has no meaning, such as a division by nothing, and says why.
    const isRefusal = error instanceof RangeError || error instanceof SyntaxError;
    return cannot(vector, isRefusal ? error.message : `not understood: ${String(error)}`);
  }
}

function cannot(vector: Vector, reason: string): Outcome {
  return { vector, verdict: 'cannot', reasons: [reason] };
}
