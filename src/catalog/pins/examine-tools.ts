import { stringMember, type JsonObject } from '../../kernel/json.ts';
import type { ServiceDiagnostic } from '../../upstream/contract.ts';
import { canonicalDefinition, type CanonicalDefinition } from './canonical-definition.ts';
import { nameProblem, skeletonOf } from './confusable-names.ts';
import { textHazards } from './text-hazards.ts';

/** A tool that may be offered, with what its definition is known by. */
export interface ExaminedTool {
  readonly name: string;
  readonly tool: JsonObject;
  readonly canonical: CanonicalDefinition;
  /** True when its text hides something or speaks to the model. */
  readonly isHazardous: boolean;
}

/** A list of tools after a look at each. */
export interface ExaminedTools {
  readonly tools: readonly ExaminedTool[];
  /** Names of tools that are left out. */
  readonly leftOut: readonly string[];
  readonly diagnostics: readonly ServiceDiagnostic[];
}

/** Leaves out what pretends to be something else, and flags what a person should look at. */
export function examineTools(listed: readonly JsonObject[]): ExaminedTools {
  const diagnostics: ServiceDiagnostic[] = [];
  const leftOut: string[] = [];
  const tools: ExaminedTool[] = [];
  const plain = new Set(listed.map((tool) => stringMember(tool, 'name') ?? '').filter(isAscii));
  for (const tool of listed) {
    const name = stringMember(tool, 'name');
    if (name === undefined || name === '') continue;
    const refuse = (code: string, problem: string): void => {
      leftOut.push(name);
      diagnostics.push(diagnostic('error', code, name, `The tool is left out: it ${problem}.`));
    };
    const problem = nameProblem(name) ?? shadowing(name, plain);
    if (problem !== undefined) {
      refuse('confusable_name', `has a name that ${problem}`);
      continue;
    }
    const canonical = canonicalDefinition(tool);
    if (canonical === undefined) {
      refuse('definition_too_deep', 'nests too deeply');
      continue;
    }
    const hazards = textHazards(tool);
    for (const { code, text } of hazards) {
      diagnostics.push(diagnostic('warning', code, name, `The definition ${text}.`));
    }
    tools.push({ name, tool, canonical, isHazardous: hazards.length > 0 });
  }
  return { tools, leftOut, diagnostics };
}

const isAscii = (name: string): boolean => /^[\x20-\x7E]+$/.test(name);

/** A name that looks like another tool's of the same list. */
function shadowing(name: string, plain: ReadonlySet<string>): string | undefined {
  if (isAscii(name)) return undefined;
  const skeleton = skeletonOf(name);
  return plain.has(skeleton) ? `looks like the tool ${skeleton}` : undefined;
}

/** A line about one tool; its name is escaped where it is not plain. */
export function diagnostic(
  severity: ServiceDiagnostic['severity'],
  code: string,
  tool: string,
  text: string,
): ServiceDiagnostic {
  const shown = tool.replace(
    /[^\x20-\x7E]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return { severity, code, operation: `tool ${shown}`, text };
}
