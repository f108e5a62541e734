import type { JSONPathQuery, jsonpath } from 'json-p3';
import { limits } from '../../../kernel/limits.ts';
import { jsonP3 } from './json-p3.ts';
import { regexFunctions } from './regex-functions.ts';
import { createVisitBudget, type VisitBudget } from './visit-budget.ts';

const QUOTED = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/gs;

/** Reads a JSONPath (RFC 9535). Throws SyntaxError. */
export function parseJsonPath(
  text: string,
  budget: VisitBudget = createVisitBudget(),
): JSONPathQuery {
  const path = text.trim();
  checkSize(path);
  const { JSONPathEnvironment, JSONPathError } = jsonP3();
  const environment = new JSONPathEnvironment();
  for (const [name, call] of Object.entries(regexFunctions(budget))) {
    environment.functionRegister.set(name, call);
  }
  try {
    return environment.compile(path);
  } catch (error) {
    if (error instanceof JSONPathError) throw notUnderstood(error.message);
    throw error;
  }
}

/** Reads the test of a filter on its own, for example `$.total > 0`. Throws SyntaxError. */
export function parseFilter(
  text: string,
  budget: VisitBudget = createVisitBudget(),
): jsonpath.selectors.FilterSelector {
  const { segments } = parseJsonPath(`$[?${text.trim()}]`, budget);
  const [selector, ...others] = segments.flatMap(({ selectors }) => selectors);
  const isOne = segments.length === 1 && others.length === 0;
  if (isOne && selector instanceof jsonP3().jsonpath.selectors.FilterSelector) {
    return selector;
  }
  throw notUnderstood('it is more than one test');
}

/** The parser recurses, so its input may be neither long nor deep. */
function checkSize(path: string): void {
  if (path.length > limits.jsonPathCharactersMax) throw notUnderstood('it is too long');
  let [depth, negations] = [0, 0];
  for (const character of path.replace(QUOTED, '')) {
    if ('(['.includes(character)) depth += 1;
    else if (')]'.includes(character)) depth -= 1;
    negations = character === '!' ? negations + 1 : 0;
    if (depth + negations > limits.jsonPathNestingMax) throw notUnderstood('it nests too deep');
  }
}

const notUnderstood = (problem: string): SyntaxError =>
  new SyntaxError(`it is not understood: ${problem}`);
