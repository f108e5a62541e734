import { matchesWildcard, readWildcard } from '../../../kernel/patterns/wildcard.ts';
import { digitsOf } from '../../../kernel/json-digits.ts';
import type { ArgumentCondition, ConditionValue } from '../../store.ts';
import { compareDecimals, isDecimal } from './compare-decimals.ts';
import { cidrTest, hostTest } from './host-tests.ts';
import { patternTest } from './pattern-test.ts';
import { followPointer, readPointer, type Found } from './read-pointer.ts';
import type { Verdict } from './verdict.ts';

/** Judges arguments. */
export type ArgumentTest = (args: object) => Verdict;

type ValueTest = (found: Found) => Verdict;

const never: ArgumentTest = () => undefined;

/** Compiles a condition once; one that makes no sense holds for nobody and against nobody. */
export function compileCondition(condition: ArgumentCondition): ArgumentTest {
  const steps = readPointer(condition.pointer);
  if (steps === undefined) return never;
  if (condition.is === 'exists') {
    return (args) => (followPointer(args, steps) !== undefined) === condition.value;
  }
  const test = valueTest(condition);
  if (test === undefined) return never;
  return (args) => {
    const found = followPointer(args, steps);
    return found === undefined ? undefined : test(found);
  };
}

/** What is wrong with a condition, in words for who wrote it; undefined for nothing. */
export function conditionProblem(condition: ArgumentCondition): string | undefined {
  if (readPointer(condition.pointer) === undefined) {
    return 'Give a JSON pointer: empty, or steps that begin with /.';
  }
  if (condition.is === 'exists' || valueTest(condition) !== undefined) return undefined;
  switch (condition.is) {
    case 'pattern':
      return 'Give a regular expression in the syntax of RE2.';
    case 'host':
      return 'Give host names; *.example.com stands for all names below example.com.';
    case 'cidr':
      return 'Give blocks of addresses, for example 10.0.0.0/8.';
    default:
      return 'Give a number, or its digits as a string.';
  }
}

function valueTest(condition: Exclude<ArgumentCondition, { is: 'exists' }>): ValueTest | undefined {
  switch (condition.is) {
    case 'eq':
      return (found) => equals(found, condition.value);
    case 'ne':
      return (found) => negated(equals(found, condition.value));
    case 'in':
      return (found) => anyOf(condition.values.map((value) => equals(found, value)));
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return orderTest(condition.is, condition.value);
    case 'length':
      return lengthTest(condition.min ?? 0, condition.max ?? Infinity);
    case 'prefix':
      return ofText((text) => text.startsWith(condition.value));
    case 'glob': {
      const wildcard = readWildcard(condition.value);
      return ofText((text) => matchesWildcard(wildcard, text));
    }
    case 'pattern':
      return wrapped(patternTest(condition.value));
    case 'host':
      return wrapped(hostTest(condition.values));
    case 'cidr':
      return wrapped(cidrTest(condition.values));
  }
}

const ofText =
  (test: (text: string) => Verdict): ValueTest =>
  ({ value }) =>
    typeof value === 'string' ? test(value) : undefined;

const wrapped = (test: ((text: string) => Verdict) | undefined): ValueTest | undefined =>
  test === undefined ? undefined : ofText(test);

const negated = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict);

/** True when one is; undefined when none is and none could be compared. */
function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  return verdicts.includes(false) ? false : undefined;
}

/** Values of different types are not unequal: they cannot be compared. */
function equals(found: Found, wanted: ConditionValue): Verdict {
  const { value } = found;
  if (typeof value === 'number') {
    if (typeof wanted === 'number' || (typeof wanted === 'string' && isDecimal(wanted))) {
      const order = compareDecimals(digitsIn(found), String(wanted));
      return order === undefined ? undefined : order === 0;
    }
    return undefined;
  }
  if (value === null) return wanted === null ? true : undefined;
  return typeof value === typeof wanted ? value === wanted : undefined;
}

function orderTest(is: 'lt' | 'lte' | 'gt' | 'gte', value: number | string): ValueTest | undefined {
  const wanted = String(value);
  if (!isDecimal(wanted)) return undefined;
  return (found) => {
    if (typeof found.value !== 'number') return undefined;
    const order = compareDecimals(digitsIn(found), wanted);
    if (order === undefined) return undefined;
    if (is === 'lt') return order < 0;
    if (is === 'lte') return order <= 0;
    return is === 'gt' ? order > 0 : order >= 0;
  };
}

/** The number as its service will read it: with the digits that the client wrote. */
function digitsIn({ holder, key, value }: Found): string {
  return digitsOf(holder, key) ?? String(value);
}

function lengthTest(min: number, max: number): ValueTest {
  return ({ value }) => {
    if (typeof value !== 'string' && !Array.isArray(value)) return undefined;
    return value.length >= min && value.length <= max;
  };
}
