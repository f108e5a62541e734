import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { createTextIndex, type IndexedField } from '../../search/text-index.ts';
import { plainText } from '../../upstream/plain-text.ts';

/** Finds fields and types of a schema by words. */
export type SchemaSearch = (query: string, most: number) => readonly string[];

interface SchemaEntry {
  readonly name: string;
  /** Where it stands: the type of a field, or the values of an enum. */
  readonly place: string;
  readonly description: string;
  /** Multiplies its score. */
  readonly weight: number;
  /** One line that shows it. */
  readonly line: string;
}

/** A type to go to next. */
interface Visit {
  readonly target: string;
  readonly text: string;
}

/** What can be asked for, the type it leads to, and how far a step that is. */
type Exit = readonly [exit: string, target: string, steps: number];

/** How to get to a type. */
interface Way {
  /** The fields to go through; empty for a root. */
  readonly text: string;
  readonly steps: number;
}

const ROOT_WEIGHT = 1.3;
const TYPE_WEIGHT = 0.8;
const INPUT_WEIGHT = 0.5;
/** What a step away from the root takes from a match. */
const STEP_COST = 0.12;
/** A field that leads to a type says more than a union or interface that may. */
const MEMBER_STEPS = 4;
const DESCRIPTION_CHARACTERS = 140;

/** Builds the search of what can be reached without the types that are `hidden`. */
export function createSchemaSearch(
  schema: GraphQLSchema,
  hidden: ReadonlySet<string>,
): SchemaSearch {
  const ways = waysTo(schema, hidden);
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => ways.has(type.name) && !isSpecifiedScalarType(type),
  );
  const entries = types.flatMap((type) => entriesOf(type, schema, ways));
  const index = createTextIndex(
    entries.map(fieldsOf),
    entries.map(({ weight }) => weight),
  );
  return (query, most) => index.search(query, most).map(({ at }) => entries[at]?.line ?? '');
}

const fieldsOf = ({ name, place, description }: SchemaEntry): readonly IndexedField[] => [
  { text: name, weight: 2, isName: true },
  { text: place, weight: 1.2, isName: true },
  { text: description, weight: 1 },
];

/** The shortest way from a root to every type that can be reached. */
function waysTo(schema: GraphQLSchema, hidden: ReadonlySet<string>): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>();
  const queue: Visit[][] = [];
  const visit = (target: string, text: string, steps: number): void => {
    (queue[steps] ??= []).push({ target, text });
  };
  for (const { name } of rootTypes(schema)) if (!hidden.has(name)) visit(name, '', 0);
  for (let steps = 0; steps < queue.length; steps += 1) {
    for (const { target, text } of queue[steps] ?? []) {
      if (ways.has(target)) continue;
      ways.set(target, { text, steps });
      for (const [exit, next, cost] of exits(schema.getType(target), schema)) {
        const onward = text === '' ? `${target}.${exit}` : `${text} → ${exit}`;
        if (!ways.has(next)) visit(next, onward, steps + cost);
      }
    }
  }
  return ways;
}

function rootTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return types.filter((type) => type !== undefined && type !== null);
}

/** What can be asked for from a type, and what its arguments take. */
function exits(type: GraphQLNamedType | undefined, schema: GraphQLSchema): readonly Exit[] {
  if (isUnionType(type)) return membersOf(type, schema);
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map(
      (field) => [field.name, getNamedType(field.type).name, 1] as const,
    );
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.values(type.getFields());
  const members = isInterfaceType(type) ? membersOf(type, schema) : [];
  return [
    ...fields.map(({ name, type: target }) => [name, getNamedType(target).name, 1] as const),
    ...fields.flatMap(({ name, args }) =>
      args.map((arg) => [`${name}(${arg.name})`, getNamedType(arg.type).name, 1] as const),
    ),
    ...members,
  ];
}

const membersOf = (type: GraphQLAbstractType, schema: GraphQLSchema): readonly Exit[] =>
  schema.getPossibleTypes(type).map(({ name }) => [`... on ${name}`, name, MEMBER_STEPS] as const);

function entriesOf(
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  ways: ReadonlyMap<string, Way>,
): readonly SchemaEntry[] {
  const way = ways.get(type.name) as Way;
  const description = plainText(type.description ?? '', DESCRIPTION_CHARACTERS);
  const isInput = isInputObjectType(type) || isEnumType(type);
  const nearness = 1 / (1 + way.steps * STEP_COST);
  const own: SchemaEntry = {
    name: type.name,
    place: isEnumType(type)
      ? type
          .getValues()
          .map(({ name }) => name)
          .join(' ')
      : '',
    description,
    weight: nearness * (isInput ? INPUT_WEIGHT : TYPE_WEIGHT),
    line: withWay(`${kindOf(type)} ${type.name}${noted(description)}`, way),
  };
  if (!isObjectType(type) && !isInterfaceType(type)) return [own];
  const isRoot = rootTypes(schema).some(({ name }) => name === type.name);
  const weight = nearness * (isRoot ? ROOT_WEIGHT : 1);
  const fields = Object.values(type.getFields()).map((field) =>
    fieldEntry(type.name, field, weight, isRoot, way),
  );
  return isRoot ? fields : [own, ...fields];
}

function fieldEntry(
  parent: string,
  field: GraphQLField<unknown, unknown>,
  weight: number,
  isRoot: boolean,
  way: Way,
): SchemaEntry {
  const description = plainText(field.description ?? '', DESCRIPTION_CHARACTERS);
  const args = field.args.map(({ name, type }) => `${name}: ${String(type)}`).join(', ');
  const shown = args === '' ? '' : `(${args.length > 200 ? `${args.slice(0, 200)}…` : args})`;
  const line = `${parent}.${field.name}${shown}: ${String(field.type)}${noted(description)}`;
  return {
    name: field.name,
    place: isRoot ? '' : parent,
    description,
    weight,
    line: withWay(line, way),
  };
}

const withWay = (line: string, { text }: Way): string =>
  text === '' ? line : `${line}\n  by way of: ${text}`;

const noted = (description: string): string =>
  description === '' ? '' : ` — ${description.replaceAll('\n', ' ')}`;

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'type';
  if (isInterfaceType(type)) return 'interface';
  if (isUnionType(type)) return 'union';
  if (isEnumType(type)) return 'enum';
  return isInputObjectType(type) ? 'input' : 'scalar';
}
