import type { DeclaredOperation } from '../count-declared.ts';
import type { ListedTool, ServedDocument } from './converter.ts';
import { bareName, findArgument } from './find-argument.ts';

/** From here on a name may have been cut. */
const CUT_AT = 40;

/**
 * The tool of each declared operation: by what the converter says, else by name, where several
 * operations share one the tool goes to that with the most parameters in common.
 */
export function matchTools(
  served: ServedDocument,
  declared: readonly DeclaredOperation[],
): ReadonlyMap<DeclaredOperation, ListedTool> {
  const byId = new Map(declared.map((operation) => [operation.id, operation]));
  const byName = new Map<string, DeclaredOperation[]>();
  for (const operation of declared) {
    for (const name of namesOf(operation)) {
      byName.set(name, [...(byName.get(name) ?? []), operation]);
    }
  }
  const matched = new Map<DeclaredOperation, ListedTool>();
  for (const tool of served.tools) {
    const said = served.operationOf(tool);
    const candidates =
      said === undefined
        ? candidatesOf(tool, byName)
        : [byId.get(said)].filter((it) => it !== undefined);
    const [best] = candidates
      .filter((operation) => !matched.has(operation))
      .toSorted((one, two) => inCommon(tool, two) - inCommon(tool, one));
    if (best !== undefined) matched.set(best, tool);
  }
  return matched;
}

function namesOf({ id, called }: DeclaredOperation): ReadonlySet<string> {
  const beginnings = called.map((text) => text.split('__', 1)[0] ?? '');
  return new Set([id, ...called, ...beginnings].map(bareName).filter((name) => name !== ''));
}

function candidatesOf(
  { name }: ListedTool,
  byName: ReadonlyMap<string, readonly DeclaredOperation[]>,
): readonly DeclaredOperation[] {
  const bare = bareName(name);
  const numbered = bareName(name.replace(/_\d+$/, ''));
  const exact = [...(byName.get(bare) ?? []), ...(byName.get(numbered) ?? [])];
  if (exact.length > 0 || numbered.length < CUT_AT) return exact;
  return [...byName].flatMap(([full, operations]) => (full.startsWith(numbered) ? operations : []));
}

const inCommon = (tool: ListedTool, { parameters }: DeclaredOperation): number =>
  parameters.filter(({ name, location }) => findArgument(tool, name, location) !== undefined)
    .length;
