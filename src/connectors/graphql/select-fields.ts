import {
  getNamedType,
  isCompositeType,
  isRequiredArgument,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLOutputType,
} from 'graphql';

/** How much is selected by default. */
export interface SelectionBounds {
  /** Levels of objects below the field. */
  readonly depth: number;
  readonly fieldsMax: number;
}

interface Budget {
  left: number;
}

/**
 * A selection of a type without anyone choosing: its plain fields first, then the objects inside
 * it, to a depth and a count. Fields that need an argument are left out. Empty for a plain type.
 */
export function selectFields(type: GraphQLOutputType, bounds: SelectionBounds): string {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return '';
  const budget: Budget = { left: bounds.fieldsMax };
  return select(named, bounds.depth, budget, new Set());
}

function select(
  type: GraphQLCompositeType,
  depth: number,
  budget: Budget,
  above: ReadonlySet<string>,
): string {
  const inside = new Set([...above, type.name]);
  if (isUnionType(type)) return selectUnion(type.getTypes(), budget);
  const fields = selectable(Object.values(type.getFields()));
  const chosen = plainFields(fields, budget);
  const nested: string[] = [];
  for (const field of depth > 1 ? fields : []) {
    const below = getNamedType(field.type);
    // A type inside itself would only repeat what is there already.
    if (!isCompositeType(below) || inside.has(below.name) || budget.left <= 1) continue;
    budget.left -= 1;
    nested.push(`${field.name} ${select(below, depth - 1, budget, inside)}`);
  }
  const all = [...chosen, ...nested];
  return `{ ${all.length === 0 ? '__typename' : all.join(' ')} }`;
}

/** Members of a union side by side; a name that two members type differently is taken once. */
function selectUnion(
  members: readonly (GraphQLCompositeType & { getFields(): object })[],
  budget: Budget,
): string {
  const types = new Map<string, string>();
  const parts = members.map((member) => {
    const fields = selectable(
      Object.values(member.getFields()) as GraphQLField<unknown, unknown>[],
    );
    const names = plainFields(
      fields.filter(
        (field) => (types.get(field.name) ?? String(field.type)) === String(field.type),
      ),
      budget,
    );
    for (const name of names) {
      types.set(name, String(fields.find((field) => field.name === name)?.type));
    }
    return names.length === 0 ? '' : ` ... on ${member.name} { ${names.join(' ')} }`;
  });
  return `{ __typename${parts.join('')} }`;
}

function selectable(
  fields: readonly GraphQLField<unknown, unknown>[],
): readonly GraphQLField<unknown, unknown>[] {
  return fields.filter(
    ({ args, deprecationReason }) =>
      (deprecationReason ?? '') === '' && !args.some(isRequiredArgument),
  );
}

function plainFields(
  fields: readonly GraphQLField<unknown, unknown>[],
  budget: Budget,
): readonly string[] {
  const names = fields
    .filter(({ type }) => !isCompositeType(getNamedType(type)))
    .slice(0, Math.max(0, budget.left))
    .map(({ name }) => name);
  budget.left -= names.length;
  return names;
}
