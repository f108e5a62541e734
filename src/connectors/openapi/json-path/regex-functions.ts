import { createRequire } from 'node:module';
import type { FilterFunction } from 'json-p3';
import type * as Re2 from 're2js';
import { limits } from '../../../kernel/limits.ts';
import { jsonP3 } from './json-p3.ts';
import type { VisitBudget } from './visit-budget.ts';

const require = createRequire(import.meta.url);

/** Steps of the matcher that cost as much as a look at a value. */
const STEPS_PER_VISIT = 16;

/**
 * The functions `match` and `search` of filters (RFC 9535 §2.4.6). Their patterns run in time
 * linear to the text, whoever wrote them; one that is not understood matches nothing.
 */
export function regexFunctions(
  budget: VisitBudget,
): Readonly<Record<'match' | 'search', FilterFunction>> {
  const compiled = new Map<string, Re2.RE2JS | undefined>();
  const compile = (pattern: string): Re2.RE2JS | undefined => {
    if (!compiled.has(pattern)) compiled.set(pattern, compilePattern(pattern));
    return compiled.get(pattern);
  };
  const { ValueType, LogicalType } = jsonP3().FunctionExpressionType;
  const test = (run: (pattern: Re2.RE2JS, text: string) => boolean): FilterFunction => ({
    argTypes: [ValueType, ValueType],
    returnType: LogicalType,
    call(text: unknown, pattern: unknown) {
      if (typeof text !== 'string' || typeof pattern !== 'string') return false;
      const program = compile(pattern);
      if (program === undefined) return false;
      budget.spend(((1 + text.length) * program.programSize()) / STEPS_PER_VISIT);
      return run(program, text);
    },
  });
  return {
    match: test((pattern, text) => pattern.matches(text)),
    search: test((pattern, text) => pattern.matcher(text).find()),
  };
}

function compilePattern(pattern: string): Re2.RE2JS | undefined {
  const { RE2JS, RE2JSException } = require('re2js') as typeof Re2;
  if (pattern.length > limits.jsonPathPatternCharactersMax) return undefined;
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
