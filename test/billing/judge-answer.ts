import { currencyDigits, printAmount, printMinorUnits } from '../../src/kernel/currency.ts';
import { compare, type Exact, formatExact, parseExact, toNano } from '../../src/kernel/exact.ts';
import type { JsonObject, Json } from '../../src/kernel/json.ts';
import { roundLines } from '../../src/billing/invoices/round-lines.ts';
import { isObject, plainText } from './fields.ts';
import { CannotExpress } from './vector.ts';

/** What the product says, in the shape of what a vector expects. */
export type Answer =
  | Exact
  | string
  | bigint
  | number
  | boolean
  | readonly Answer[]
  | { readonly [name: string]: Answer | undefined };

/** An amount beside which other facts of its line stand, such as its share of a period. */
export interface AnswerLine {
  readonly amount: Exact;
  readonly share?: Exact;
}

/** A total of lines, which may differ from the sum of what is printed on them. */
export interface AnswerTotal {
  readonly amount: Exact;
  readonly lines: readonly Exact[];
}

/** Members that say where an amount is from, not what it is. */
const notOurs = /^(?:source_|bug_|billed_by_bug$|notes$|label$|token_class$|full_amount$)/;

/** Where members are not words of the format but ids of grants. */
const byGrant = /\.(?:taken|remaining|expired)$/;

/** What stands in an amount; a coupon or a class of tokens says which line it is. */
const amountFields = new Set([
  'exact',
  'nano',
  'printed',
  'printed_half_up',
  'sum_of_printed_lines',
  'share',
  'coupon',
]);

/** What is wrong with an answer, place by place; empty when all of it is right. */
export function judgeAnswer(expected: JsonObject, answer: Answer, currency: string): string[] {
  return judge(expected, answer, 'expected', currency);
}

function judge(
  expected: Json | undefined,
  answer: Answer | undefined,
  place: string,
  currency: string,
): string[] {
  if (answer === undefined) throw new CannotExpress(`${place} is nothing that is computed`);
  if (Array.isArray(expected)) {
    if (!Array.isArray(answer)) return [`${place}: expected a list`];
    if (answer.length !== expected.length) {
      return [`${place}: expected ${expected.length} entries, not ${answer.length}`];
    }
    return expected.flatMap((one, index) =>
      judge(one, answer[index] as Answer, `${place}[${index}]`, currency),
    );
  }
  if (!isObject(expected)) return judgeScalar(expected, answer, place);
  if (typeof expected['exact'] === 'string') return judgeAmount(expected, answer, place, currency);
  if (typeof answer !== 'object' || isExact(answer)) return [`${place}: expected an object`];
  if (byGrant.test(place)) return judgeGrants(expected, answer as Record<string, Answer>, place);
  return Object.entries(expected)
    .filter(([name]) => !notOurs.test(name))
    .flatMap(([name, value]) =>
      judge(
        value,
        Object.hasOwn(answer, name) ? (answer as Record<string, Answer>)[name] : undefined,
        `${place}.${name}`,
        currency,
      ),
    );
}

/** Amounts by the ids of grants: one that is missing or too many is wrong, unless it is 0. */
function judgeGrants(
  expected: JsonObject,
  answer: Readonly<Record<string, Answer>>,
  place: string,
): string[] {
  const ids = [...new Set([...Object.keys(expected), ...Object.keys(answer)])];
  return ids.flatMap((id) => judgeScalar(expected[id] ?? '0', answer[id] ?? '0', `${place}.${id}`));
}

function judgeScalar(expected: Json | undefined, answer: Answer, place: string): string[] {
  const [wanted, got] = [textOf(expected as Answer), textOf(answer)];
  if (wanted === got || isSameNumber(wanted, got) || isSameMoment(wanted, got)) return [];
  return [`${place}: expected ${wanted}, not ${got}`];
}

function judgeAmount(
  expected: JsonObject,
  answer: Answer,
  place: string,
  currency: string,
): string[] {
  const amount = amountOf(answer);
  if (amount === undefined) return [`${place}: expected an amount`];
  const check = (name: string, say: () => string): string[] => {
    const wanted = expected[name];
    if (wanted === undefined) return [];
    const got = say();
    return wanted === got
      ? []
      : [`${place}.${name}: expected ${JSON.stringify(wanted)}, not ${got}`];
  };
  const other = Object.keys(expected).find(
    (name) => !amountFields.has(name) && !notOurs.test(name),
  );
  if (other !== undefined) throw new CannotExpress(`${place}.${other} is nothing that is computed`);
  const share = (answer as Partial<AnswerLine>).share;
  if (expected['share'] !== undefined && share === undefined) {
    throw new CannotExpress(`${place}.share is nothing that is computed`);
  }
  return [
    ...(isSameNumber(plainText(expected['exact']), formatExact(amount))
      ? []
      : [`${place}.exact: expected ${plainText(expected['exact'])}, not ${formatExact(amount)}`]),
    ...check('nano', () => toNano(amount).toString()),
    ...check('printed', () => printAmount(amount, currency, 'half_even')),
    ...check('printed_half_up', () => printAmount(amount, currency, 'half_up')),
    ...check('sum_of_printed_lines', () => printedSum(answer, place, currency)),
    ...(expected['share'] === undefined || share === undefined
      ? []
      : judgeScalar(expected['share'], share, `${place}.share`)),
  ];
}

function printedSum(answer: Answer, place: string, currency: string): string {
  const lines = (answer as unknown as Partial<AnswerTotal>).lines;
  if (lines === undefined) throw new CannotExpress(`${place}.sum_of_printed_lines has no lines`);
  const digits = currencyDigits(currency);
  const { total } = roundLines(lines, digits, { mode: 'half_even', at: 'line' });
  return printMinorUnits(total, digits);
}

function amountOf(answer: Answer): Exact | undefined {
  if (isExact(answer)) return answer;
  const amount = typeof answer === 'object' && 'amount' in answer ? answer['amount'] : undefined;
  return amount !== undefined && isExact(amount) ? amount : undefined;
}

function isExact(answer: Answer): answer is Exact {
  return typeof answer === 'object' && 'numerator' in answer && 'denominator' in answer;
}

function textOf(answer: Answer): string {
  if (typeof answer !== 'object' || answer === null) return String(answer);
  const amount = amountOf(answer);
  if (amount !== undefined) return formatExact(amount);
  return JSON.stringify(answer, (_name, one: unknown) =>
    typeof one === 'bigint' ? one.toString() : one,
  );
}

const moment = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/;

/** Moments may be written in different zones; a date is its midnight in UTC. */
function isSameMoment(wanted: string, got: string): boolean {
  if (!moment.test(wanted) || !moment.test(got)) return false;
  return Date.parse(wanted) === Date.parse(got);
}

function isSameNumber(wanted: string, got: string): boolean {
  try {
    return compare(parseExact(wanted), parseExact(got)) === 0;
  } catch {
    return false;
  }
}
