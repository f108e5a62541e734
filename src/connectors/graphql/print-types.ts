import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { plainText } from '../../upstream/plain-text.ts';

/** What is shown of a schema. */
export interface PrintOptions {
  /** Levels of types: 1 is the type alone. */
  readonly depth: number;
  readonly charactersMax: number;
  /** Names of types that are not shown. */
  readonly hidden: ReadonlySet<string>;
}

/** With comments, without them, and with required arguments alone. */
type Form = 'full' | 'plain' | 'short';

const DESCRIPTION_CHARACTERS = 120;
const ENUM_VALUES = 60;
const MEMBERS_FOLLOWED = 30;
/** A line of names. */
const NAMES_CHARACTERS = 450;
/** Kept back for the names of what did not fit. */
const REST_CHARACTERS = 600;

/**
 * Writes a type, and the types it leads to, as SDL with short comments, within a number of
 * characters: what does not fit is named. Scalars of the language are left out.
 */
export function printTypes(
  schema: GraphQLSchema,
  start: GraphQLNamedType,
  options: PrintOptions,
  startField?: GraphQLField<unknown, unknown>,
): string {
  const order = reachable(schema, start, options, startField);
  const budget = options.charactersMax - REST_CHARACTERS;
  const parts: string[] = [];
  const left: string[] = [];
  let used = 0;
  for (const type of order) {
    const only = type === start && startField !== undefined ? [startField] : undefined;
    // Of a field, the type it answers with is what was asked about.
    const must = parts.length === 0 || (parts.length === 1 && startField !== undefined);
    const text = fit(type, budget - used, schema, must, only);
    if (text === undefined) left.push(type.name);
    else {
      parts.push(text);
      used += text.length + 2;
    }
  }
  if (left.length > 0) parts.push(`# Not shown: ${someOf(left)}. Introspect them by name.`);
  return parts.join('\n\n');
}

/** The types within so many steps, nearest first. */
function reachable(
  schema: GraphQLSchema,
  start: GraphQLNamedType,
  { depth, hidden }: PrintOptions,
  startField: GraphQLField<unknown, unknown> | undefined,
): readonly GraphQLNamedType[] {
  const seen = new Set([start]);
  // A field shows what it returns and takes: its own level counts as the first.
  let level = startField === undefined ? [start] : usedBy([startField]);
  for (const type of level) seen.add(type);
  for (let step = 1; step < depth; step += 1) {
    const next = level
      .flatMap((type) => neighbours(type, schema))
      .filter((type) => !seen.has(type));
    for (const type of next) seen.add(type);
    level = [...new Set(next)];
  }
  return [...seen].filter((type) => !hidden.has(type.name) && (type === start || isShown(type)));
}

const isShown = (type: GraphQLNamedType): boolean =>
  !isScalarType(type) || (!isSpecifiedScalarType(type) && (type.description ?? '') !== '');

function neighbours(type: GraphQLNamedType, schema: GraphQLSchema): readonly GraphQLNamedType[] {
  if (isUnionType(type)) return type.getTypes();
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => getNamedType(field.type));
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const members = isInterfaceType(type)
    ? schema.getPossibleTypes(type).slice(0, MEMBERS_FOLLOWED)
    : [];
  return [...usedBy(Object.values(type.getFields())), ...members];
}

const usedBy = (fields: readonly GraphQLField<unknown, unknown>[]): readonly GraphQLNamedType[] =>
  fields.flatMap((field) => [
    getNamedType(field.type),
    ...field.args.map((arg) => getNamedType(arg.type)),
  ]);

/** The fullest form of the type that fits; undefined when none does and it need not. */
function fit(
  type: GraphQLNamedType,
  room: number,
  schema: GraphQLSchema,
  must: boolean,
  only: readonly GraphQLField<unknown, unknown>[] | undefined,
): string | undefined {
  for (const form of ['full', 'plain', 'short'] as const) {
    const text = printType(type, schema, form, only);
    if (text.length <= room) return text;
    if (!must && form === 'plain') return undefined;
  }
  const lines = printType(type, schema, 'short', only).split('\n');
  const kept: string[] = [];
  let used = 0;
  for (const line of lines) {
    used += line.length + 1;
    if (used > room) break;
    kept.push(line);
  }
  const names = lines.slice(kept.length, -1).map((line) => /^\s*(\w+)/.exec(line)?.[1] ?? '');
  return `${kept.join('\n')}\n  # and ${someOf(names)}\n}`;
}

function printType(
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  form: Form,
  only: readonly GraphQLField<unknown, unknown>[] | undefined,
): string {
  const words =
    form === 'full' ? plainText(type.description ?? '', DESCRIPTION_CHARACTERS * 2) : '';
  const head = words === '' ? '' : `# ${words.replaceAll('\n', ' ')}\n`;
  if (isEnumType(type)) {
    const values = type.getValues().map(({ name }) => name);
    const more = values.length > ENUM_VALUES ? ` # and ${values.length - ENUM_VALUES} more` : '';
    return `${head}enum ${type.name} { ${values.slice(0, ENUM_VALUES).join(' ')} }${more}`;
  }
  if (isUnionType(type)) {
    return `${head}union ${type.name} = ${someOf(
      type.getTypes().map(({ name }) => name),
      ' | ',
    )}`;
  }
  if (isScalarType(type)) return `${head}scalar ${type.name}`;
  const lines = isInputObjectType(type)
    ? Object.values(type.getFields()).map((field) => inputLine(field, form))
    : (only ?? Object.values(type.getFields())).map((field) => fieldLine(field, form));
  return `${head}${openingOf(type, schema)} {\n${lines.join('\n')}\n}`;
}

function openingOf(type: GraphQLNamedType, schema: GraphQLSchema): string {
  if (isInputObjectType(type)) return `input ${type.name}${type.isOneOf ? ' @oneOf' : ''}`;
  if (isInterfaceType(type)) {
    const members = schema.getPossibleTypes(type).map(({ name }) => name);
    return `# implemented by ${someOf(members)}\ninterface ${type.name}`;
  }
  const interfaces = isObjectType(type) ? type.getInterfaces().map(({ name }) => name) : [];
  const implementing = interfaces.length === 0 ? '' : ` implements ${interfaces.join(' & ')}`;
  return `type ${type.name}${implementing}`;
}

function fieldLine(field: GraphQLField<unknown, unknown>, form: Form): string {
  const args = form === 'short' ? shortArguments(field) : field.args.map(argumentText).join(', ');
  const taken = args === '' ? '' : `(${args})`;
  const old = (field.deprecationReason ?? '') === '' ? '' : ' @deprecated';
  return `  ${field.name}${taken}: ${String(field.type)}${old}${comment(field, form)}`;
}

function inputLine(field: GraphQLInputField, form: Form): string {
  return `  ${argumentText(field)}${comment(field, form)}`;
}

/** Arguments that must be given; the others are there to be asked about. */
function shortArguments({ args }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(isRequiredArgument).map(argumentText);
  return [...required, ...(required.length < args.length ? ['…'] : [])].join(', ');
}

/** A default says that the value may be left out, whatever it is. */
function argumentText(input: GraphQLArgument | GraphQLInputField): string {
  return `${input.name}: ${String(input.type)}${input.default === undefined ? '' : ' = …'}`;
}

function comment(
  { description }: { readonly description: string | null | undefined },
  form: Form,
): string {
  const words = form === 'full' ? plainText(description ?? '', DESCRIPTION_CHARACTERS) : '';
  return words === '' ? '' : ` # ${words.replaceAll('\n', ' ')}`;
}

/** As many names as a line may hold, and how many more there are. */
function someOf(names: readonly string[], separator = ', '): string {
  let characters = 0;
  const shown = names.filter((name) => {
    characters += name.length + separator.length;
    return characters <= NAMES_CHARACTERS;
  });
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(separator)} and ${more} more` : shown.join(separator);
}
