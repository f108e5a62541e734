import {
  isJsonObject,
  stringMember,
  type Json,
  type JsonObject,
} from '../../../src/kernel/json.ts';
import type { WireCase } from '../judge-wire-case.ts';
import type { ListedTool } from './converter.ts';

/** What is left of a name when every converter has made it safe in its own way. */
export const bareName = (name: string): string => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

/** The properties of a tool's input. */
export function propertiesOf(tool: ListedTool): Readonly<Record<string, Json>> {
  const properties = tool.inputSchema['properties'];
  return isJsonObject(properties) ? properties : {};
}

/**
 * The property under which a tool takes a parameter: its name, its name with where it travels, or
 * what is left of either once it was made safe. `taken` have been found for other parameters.
 */
export function findArgument(
  tool: ListedTool,
  name: string,
  location: string,
  taken: ReadonlySet<string> = new Set(),
): string | undefined {
  const free = Object.keys(propertiesOf(tool)).filter((property) => !taken.has(property));
  const exact = [`${name}__${location}`, `${name}_in_${location}`, name];
  const found = exact.find((candidate) => free.includes(candidate));
  if (found !== undefined) return found;
  for (const wanted of [bareName(name), bareName(name + location)]) {
    const [alike, second] = free.filter((property) => bareName(property) === wanted);
    if (wanted !== '' && alike !== undefined && second === undefined) return alike;
  }
  return undefined;
}

/**
 * A case's arguments under the names and in the shapes that the tool's own schema shows: a body as
 * a whole where there is a property for it, else its members beside the parameters; as JSON text
 * where the property only takes text.
 */
export function givenArguments(document: JsonObject, tool: ListedTool, each: WireCase): JsonObject {
  const given: Record<string, Json> = {};
  const taken = new Set<string>();
  const place = (name: string, location: string, value: Json): void => {
    const property = findArgument(tool, name, location, taken) ?? name;
    taken.add(property);
    given[property] = asTyped(propertiesOf(tool)[property], value);
  };
  for (const [key, value] of Object.entries(each.args ?? {})) {
    const at = key.lastIndexOf('@');
    if (at > 0) place(key.slice(0, at), key.slice(at + 1), value);
    else place(key, locationOf(document, each.id, key), value);
  }
  const { bodyArg } = each;
  if (bodyArg === undefined) return given;
  const whole = ['requestBody', 'body'].find((name) => Object.hasOwn(propertiesOf(tool), name));
  if (whole === undefined && isJsonObject(bodyArg)) {
    for (const [name, value] of Object.entries(bodyArg)) place(name, 'body', value);
  } else place(whole ?? 'body', 'body', bodyArg);
  return given;
}

function asTyped(schema: Json | undefined, value: Json): Json {
  const onlyText = isJsonObject(schema) && schema['type'] === 'string';
  return onlyText && typeof value !== 'string' ? JSON.stringify(value) : value;
}

function locationOf(document: JsonObject, id: string, name: string): string {
  for (const item of Object.values((document['paths'] ?? {}) as JsonObject)) {
    if (!isJsonObject(item)) continue;
    for (const operation of Object.values(item)) {
      if (!isJsonObject(operation) || operation['operationId'] !== id) continue;
      const parameters = (operation['parameters'] ?? []) as unknown as readonly JsonObject[];
      const declared = parameters.find((parameter) => parameter['name'] === name);
      return stringMember(declared ?? {}, 'in') ?? '';
    }
  }
  return '';
}
