import type { Repository, Violation } from '../repository.ts';
import type { SourceFile } from '../source-file.ts';
import type { Token } from '../tokens.ts';

/**
 * Where amounts of money and billed quantities are handled. Times are numbers, so `periods`, whose
 * shares are exact, is not among them; `plans` and `rules` hold amounts as text and count nothing.
 */
const moneyPaths = new RegExp(
  '^src/(?:billing/(?:alerts|charging|credits|invoices|ledger|rating)/|' +
    'kernel/(?:currency|exact|money)[.]ts$)',
);

/**
 * What may be a number beside money: moments and durations, places in a list or a series, decimals
 * of a currency, an order of preference, and what says which of two things comes first; rows of a
 * page, versions of what is kept, and the number of a plan's version.
 */
const countNames = new RegExp(
  '^(?:\\w*Ms|index|lines|seq|count|digits|decimals|\\w+Digits|priority|' +
    'rowsMax|version|ifVersion|number|' +
    'compare|(?:by|begins)[A-Z]\\w*)$',
);

/** What makes a number of something exact, or rounds one. */
const inexactCalls = new Set(['Number', 'parseFloat', 'parseInt', 'toFixed', 'toPrecision']);
const inexactMath = new Set(['ceil', 'floor', 'fround', 'round', 'trunc', 'pow', 'sqrt', 'random']);

type Found = Pick<Violation, 'line' | 'text'>;

/** No amount is a JS number: no such type, no conversion, no rounding, no literal with decimals. */
export function moneyRules({ sources }: Repository): Violation[] {
  return sources
    .filter(({ path, isTest }) => moneyPaths.test(path) && !isTest)
    .flatMap((source) =>
      [...numberTypes(source), ...conversions(source), ...literals(source)].map((found) => ({
        rule: 'money-number',
        path: source.path,
        ...found,
      })),
    );
}

function numberTypes({ tokens, runtimeTokens }: SourceFile): Found[] {
  const running = new Set(runtimeTokens.map(({ start }) => start));
  return tokens.flatMap(({ kind, text, line, start }, index) => {
    // Before a colon it is a name, such as that of an invoice's number, and no type.
    const isName = tokens[index + 1]?.text === ':';
    if (kind !== 'name' || text !== 'number' || isName || running.has(start)) return [];
    const name = declaredName(tokens, index);
    if (name !== undefined && countNames.test(name)) return [];
    return [{ line, text: `${name ?? 'a type'} is a number; amounts and quantities are Exact` }];
  });
}

/** What a type is the type of: the name before its colon, or the function that returns it. */
function declaredName(tokens: readonly Token[], from: number): string | undefined {
  for (let index = from - 1; index > 0; index -= 1) {
    const text = tokens[index]?.text;
    if (text === ')') {
      index = openingOf(tokens, index);
    } else if (text === ':') {
      const before = tokens[index - 1]?.text === '?' ? index - 2 : index - 1;
      if (tokens[before]?.text !== ')') return tokens[before]?.text;
      return functionName(tokens, openingOf(tokens, before));
    } else if (text === ';' || text === '}') return undefined;
  }
  return undefined;
}

/** The name of the function whose parameters begin at `opening`. */
function functionName(tokens: readonly Token[], opening: number): string | undefined {
  const before = tokens[opening - 1];
  return before?.text === '=' ? tokens[opening - 2]?.text : before?.text;
}

function openingOf(tokens: readonly Token[], closing: number): number {
  let depth = 0;
  for (let index = closing; index >= 0; index -= 1) {
    if (tokens[index]?.text === ')') depth += 1;
    if (tokens[index]?.text === '(') depth -= 1;
    if (depth === 0) return index;
  }
  return 0;
}

function conversions({ runtimeTokens }: SourceFile): Found[] {
  return runtimeTokens.flatMap(({ kind, text, line }, index) => {
    if (kind !== 'name') return [];
    const [owner, next] = [runtimeTokens[index - 2]?.text, runtimeTokens[index + 1]?.text];
    const isOwned = runtimeTokens[index - 1]?.text === '.';
    const isCall = inexactCalls.has(text) && (next === '(' || next === '.');
    const isMath = isOwned && owner === 'Math' && inexactMath.has(text);
    return isCall || isMath ? [{ line, text: `${text} is not exact; see kernel/exact.ts` }] : [];
  });
}

function literals({ tokens }: SourceFile): Found[] {
  return tokens.flatMap(({ kind, text, line }) => {
    if (kind !== 'number' || /^0[xob]/i.test(text) || !/[.e]/i.test(text)) return [];
    return [{ line, text: `${text} is not exact; write it as text and read it with parseExact` }];
  });
}
