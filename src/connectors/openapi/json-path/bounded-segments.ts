import type { JSONPathQuery, jsonpath } from 'json-p3';
import { walkSegments, type Evaluation, type Segment } from './walk-segments.ts';

type Expression = jsonpath.expressions.FilterExpression;

/** The segments of a path as our walk takes them; filters in them keep to the budget. */
export function boundedSegments(
  { segments }: JSONPathQuery,
  evaluation: Evaluation,
): readonly Segment[] {
  const { TokenKind, jsonpath: library } = evaluation.library;
  const { FilterSelector, NameSelector, IndexSelector } = library.selectors;
  return segments.map(({ token, selectors }) => ({
    isDescendant: token.kind === TokenKind.DDOT,
    selectors: selectors.map((selector) => ({
      isSingular: selector instanceof NameSelector || selector instanceof IndexSelector,
      selector: selector instanceof FilterSelector ? boundedFilter(selector, evaluation) : selector,
    })),
  }));
}

/**
 * The same filter within a budget: paths in it are walked by our own walk, and values that are
 * compared or handed to functions are paid for by their size.
 */
export function boundedFilter(
  { environment, token, expression }: jsonpath.selectors.FilterSelector,
  evaluation: Evaluation,
): jsonpath.selectors.FilterSelector {
  const { selectors, expressions } = evaluation.library.jsonpath;
  const test = bounded(expression.expression, evaluation);
  const logical = new expressions.LogicalExpression(expression.token, test);
  return new selectors.FilterSelector(environment, token, logical);
}

function bounded(expression: Expression, evaluation: Evaluation): Expression {
  const library = evaluation.library.jsonpath.expressions;
  const { token } = expression;
  if (expression instanceof library.PrefixExpression) {
    const right = bounded(expression.right, evaluation);
    return new library.PrefixExpression(token, expression.operator, right);
  }
  if (expression instanceof library.InfixExpression) {
    const { left, right, operator, logical } = expression;
    const isLiteral = (side: Expression): boolean =>
      side instanceof library.FilterExpressionLiteral;
    // Comparing with a literal takes one step.
    const isCheap = logical || isLiteral(left) || isLiteral(right);
    const operand = (side: Expression): Expression =>
      isCheap ? bounded(side, evaluation) : paidFor(bounded(side, evaluation), evaluation);
    return new library.InfixExpression(token, operand(left), operator, operand(right));
  }
  if (expression instanceof library.FunctionExtension) {
    const paid = expression.args.map((each) => paidFor(bounded(each, evaluation), evaluation));
    return new library.FunctionExtension(token, expression.name, paid);
  }
  return expression instanceof library.FilterQuery ? walked(expression, evaluation) : expression;
}

/** A path inside a filter; `$` in it is the root of the document, however deep the filter is. */
function walked(query: jsonpath.expressions.FilterQuery, evaluation: Evaluation): Expression {
  const { JSONPathNode, JSONPathNodeList, jsonpath: library } = evaluation.library;
  const segments = boundedSegments(query.path, evaluation);
  const isRooted = query instanceof library.expressions.RootQuery;
  return {
    token: query.token,
    evaluate({ currentValue, rootValue }) {
      const start = new JSONPathNode(isRooted ? rootValue : currentValue, [], rootValue);
      return new JSONPathNodeList(walkSegments(segments, start, evaluation));
    },
    toString: () => query.toString(),
  };
}

function paidFor(expression: Expression, { library, budget }: Evaluation): Expression {
  return {
    token: expression.token,
    evaluate(context) {
      const found = expression.evaluate(context);
      if (!(found instanceof library.JSONPathNodeList)) budget.spendOn(found);
      else if (found.length === 1) budget.spendOn(found.nodes[0]?.value);
      return found;
    },
    toString: () => expression.toString(),
  };
}
