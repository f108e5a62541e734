import { isDeepStrictEqual } from 'node:util';
import type { RE2JS } from 're2js';
import { compare, fromNano, parseExact } from '../../kernel/exact.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { matchesWildcard, readWildcard } from '../../kernel/patterns/wildcard.ts';
import type { RunSummary } from '../runs/run-summary.ts';
import type { Expected } from './case.ts';

/** What an answer is judged by. */
export interface JudgedRun {
  readonly summary: Pick<RunSummary, 'answer' | 'calls' | 'cost' | 'stopReason' | 'error'>;
  readonly steps: number;
}

/** What was expected and is not so, in sentences; empty when all is as expected. */
export function judgeAnswer(
  expected: Expected,
  { summary, steps }: JudgedRun,
  re2: Pick<typeof RE2JS, 'compile'>,
): readonly string[] {
  const { answer, calls, cost, stopReason, error } = summary;
  const failures: string[] = [];
  if (stopReason !== 'done') {
    failures.push(`The run ended with "${stopReason}"${error ? `: ${error.message}` : '.'}`);
  }
  const left = [...calls];
  for (const { tool, arguments: given } of expected.calls) {
    const at = left.findIndex(
      (call) => isTool(tool, call.tool) && (given === null || isIn(given, call.arguments)),
    );
    if (at >= 0) left.splice(at, 1);
    else if (given === null) failures.push(`${tool} was not called.`);
    else failures.push(`${tool} was not called with ${JSON.stringify(given)}.`);
  }
  for (const pattern of expected.notCalled) {
    const call = calls.find(({ tool }) => isTool(pattern, tool));
    if (call !== undefined) failures.push(`${call.tool} was called.`);
  }
  const lower = answer.toLowerCase();
  for (const text of expected.contains) {
    if (!lower.includes(text.toLowerCase())) failures.push(`The answer has no "${text}".`);
  }
  for (const pattern of expected.matches) {
    if (!re2.compile(pattern).matcher(answer).find()) {
      failures.push(`The answer does not match ${pattern}.`);
    }
  }
  const { stepsMax, costMax } = expected;
  if (stepsMax !== null && steps > stepsMax) failures.push(`It took ${steps} steps.`);
  return costMax === null ? failures : [...failures, ...costFailures(costMax, cost)];
}

function costFailures(
  { amount, currency }: NonNullable<Expected['costMax']>,
  { amounts, isUnpriced }: RunSummary['cost'],
): readonly string[] {
  if (isUnpriced) return ['What it cost is not known: a model has no price.'];
  return amounts.flatMap((one) => {
    if (one.currency !== currency) return `It cost ${one.currency}, which is not ${currency}.`;
    const isMore = compare(fromNano(one.nano), parseExact(amount)) > 0;
    return isMore ? `It cost more than ${amount} ${currency}.` : [];
  });
}

const isTool = (pattern: string, tool: string): boolean =>
  matchesWildcard(readWildcard(pattern), tool);

/** Whether a value has everything that is expected, and whatever else. */
function isIn(expected: Json, value: Json): boolean {
  if (!isJsonObject(expected)) return isDeepStrictEqual(expected, value);
  if (!isJsonObject(value)) return false;
  return Object.entries(expected).every(
    ([name, member]) => Object.hasOwn(value, name) && isIn(member, value[name] ?? null),
  );
}
