import { matchesWildcard, readWildcard } from '../../kernel/patterns/wildcard.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { PolicyRule, ToolHints } from '../store.ts';
import { compileCondition, type ArgumentTest } from './conditions/compile-condition.ts';
import type { Verdict } from './conditions/verdict.ts';

/** What a rule says of one kind of things: all of them, those of some patterns, or nothing. */
export type Reach = 'all' | 'none' | readonly string[];

/** What a rule is about. */
export interface Reaches {
  /** True when it is about services whole: all they have, skills and instructions too. */
  readonly isWhole: boolean;
  readonly tools: Reach;
  readonly prompts: Reach;
  readonly resources: Reach;
}

/** A rule, read once. */
export interface CompiledRule extends Reaches {
  readonly rule: PolicyRule;
  readonly isDeny: boolean;
  /** True when it is about a service by its slug. */
  isOf(slug: string): boolean;
  /** Whether a tool is one that it is about; undefined stands for one that nobody has listed. */
  fits(tool: JsonObject | undefined): Verdict;
  /** Whether all of its conditions hold; undefined for a rule without any. */
  readonly judge: ((args: object) => Verdict) | undefined;
}

/** What a tool is when it says nothing (MCP schema, ToolAnnotations). */
const DEFAULT_HINTS: Required<ToolHints> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

/** Reads a rule. */
export function compileRule(rule: PolicyRule): CompiledRule {
  const { services, annotations, conditions = [], effect } = rule;
  const slugs = services?.map(readWildcard);
  const tests = conditions.map(compileCondition);
  return {
    rule,
    isDeny: effect === 'deny',
    isOf: (slug) => slugs === undefined || slugs.some((one) => matchesWildcard(one, slug)),
    ...reachOf(rule),
    fits: (tool) => (annotations === undefined ? true : hasHints(tool, annotations)),
    judge: tests.length === 0 ? undefined : (args) => allOf(tests, args),
  };
}

/** Reads what a rule is about, and nothing else of it. */
export function reachOf(rule: PolicyRule): Reaches {
  const { tools, prompts, resources, annotations, conditions } = rule;
  if (tools !== undefined || prompts !== undefined || resources !== undefined) {
    return {
      isWhole: false,
      tools: tools ?? 'none',
      prompts: prompts ?? 'none',
      resources: resources ?? 'none',
    };
  }
  // Hints are those of tools, and arguments are given to tools and prompts alone.
  const hasHints = annotations !== undefined;
  const isJudged = (conditions?.length ?? 0) > 0;
  return {
    isWhole: !hasHints && !isJudged,
    tools: 'all',
    prompts: hasHints ? 'none' : 'all',
    resources: hasHints || isJudged ? 'none' : 'all',
  };
}

function hasHints(tool: JsonObject | undefined, wanted: ToolHints): Verdict {
  if (tool === undefined) return undefined;
  const own = isJsonObject(tool['annotations']) ? tool['annotations'] : {};
  // Nothing is destroyed by what only reads, unless the tool says that too.
  const usual =
    own['readOnlyHint'] === true ? { ...DEFAULT_HINTS, destructiveHint: false } : DEFAULT_HINTS;
  return (Object.keys(wanted) as (keyof ToolHints)[]).every((hint) => {
    const said = own[hint];
    return (typeof said === 'boolean' ? said : usual[hint]) === wanted[hint];
  });
}

/** False when one is false, however little is known of the others. */
function allOf(tests: readonly ArgumentTest[], args: object): Verdict {
  let verdict: Verdict = true;
  for (const test of tests) {
    const own = test(args);
    if (own === false) return false;
    if (own === undefined) verdict = undefined;
  }
  return verdict;
}
