import type { JSONPathQuery, jsonpath } from 'json-p3';
import { jsonP3 } from './json-p3.ts';
import { parseFilter, parseJsonPath } from './parse-json-path.ts';

/** One place that a path or a test takes a value from: the keys from the root on. */
export type Mention = readonly (string | number | undefined)[];

/** The places a JSONPath takes values from, those of its filters included. Throws SyntaxError. */
export function pathMentions(path: string): readonly Mention[] {
  const { segments } = parseJsonPath(path);
  return [keysOf(segments), ...segments.flatMap(filterMentions)];
}

/** The places a test on its own takes values from; `@` in it is the root. Throws SyntaxError. */
export const testMentions = (test: string): readonly Mention[] =>
  expressionMentions(parseFilter(test).expression, true);

/** The keys of a path that leads to one value at most; undefined for others. */
export function singularKeys(path: string): readonly (string | number)[] | undefined {
  const query = parseJsonPath(path);
  return query.singularQuery() ? (keysOf(query.segments) as (string | number)[]) : undefined;
}

/** What each segment selects when that is one child, else undefined. */
function keysOf(segments: JSONPathQuery['segments']): Mention {
  const { TokenKind, jsonpath: library } = jsonP3();
  const { NameSelector, IndexSelector } = library.selectors;
  return segments.map(({ token, selectors: [selector, ...others] }) => {
    if (token.kind === TokenKind.DDOT || others.length > 0) return undefined;
    if (selector instanceof NameSelector) return selector.name;
    return selector instanceof IndexSelector ? selector.index : undefined;
  });
}

const filterMentions = ({ selectors }: jsonpath.JSONPathSegment): readonly Mention[] =>
  selectors.flatMap((selector) =>
    selector instanceof jsonP3().jsonpath.selectors.FilterSelector
      ? expressionMentions(selector.expression, false)
      : [],
  );

function expressionMentions(
  expression: jsonpath.expressions.FilterExpression,
  isAtRoot: boolean,
): readonly Mention[] {
  const library = jsonP3().jsonpath.expressions;
  const inner = (one: jsonpath.expressions.FilterExpression): readonly Mention[] =>
    expressionMentions(one, isAtRoot);
  if (expression instanceof library.LogicalExpression) return inner(expression.expression);
  if (expression instanceof library.PrefixExpression) return inner(expression.right);
  if (expression instanceof library.InfixExpression) {
    return [...inner(expression.left), ...inner(expression.right)];
  }
  if (expression instanceof library.FunctionExtension) return expression.args.flatMap(inner);
  if (!(expression instanceof library.FilterQuery)) return [];
  const { segments } = expression.path;
  const own = isAtRoot || expression instanceof library.RootQuery ? [keysOf(segments)] : [];
  return [...own, ...segments.flatMap(filterMentions)];
}
