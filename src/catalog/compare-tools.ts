import { isJsonObject, objectMember, stringMember, type JsonObject } from '../kernel/json.ts';

/** How a list of tools became another. */
export interface ToolChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedTool[];
  readonly unchanged: number;
}

/** A tool that kept its name and became another. */
export interface ChangedTool {
  readonly name: string;
  /** Why calls that worked may fail now; empty when they do not. */
  readonly breaks: readonly string[];
}

/** Compares two lists of tools by name; undefined when they are the same. */
export function compareTools(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): ToolChanges | undefined {
  const old = byName(before);
  const fresh = byName(after);
  const added = [...fresh.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !fresh.has(name));
  const changed: ChangedTool[] = [];
  for (const [name, tool] of fresh) {
    const earlier = old.get(name);
    if (earlier === undefined || same(earlier, tool)) continue;
    changed.push({ name, breaks: breaksOf(earlier, tool) });
  }
  if (added.length + removed.length + changed.length === 0) return undefined;
  const unchanged = fresh.size - added.length - changed.length;
  return { added, removed, changed, unchanged };
}

const byName = (tools: readonly JsonObject[]): ReadonlyMap<string, JsonObject> =>
  new Map(tools.map((tool) => [stringMember(tool, 'name') ?? '', tool]));

function breaksOf(before: JsonObject, after: JsonObject): readonly string[] {
  const [old, fresh] = [inputOf(before), inputOf(after)];
  const breaks: string[] = [];
  for (const [name, schema] of Object.entries(old.properties)) {
    const now = fresh.properties[name];
    if (now === undefined) breaks.push(`${name} is gone`);
    else breaks.push(...argumentBreaks(name, schema, now));
  }
  for (const name of fresh.required) {
    if (!old.required.has(name)) breaks.push(`${name} is required now`);
  }
  if (!same(old.definitions, fresh.definitions)) breaks.push('nested definitions are others');
  return breaks;
}

function argumentBreaks(name: string, before: unknown, after: unknown): readonly string[] {
  if (!isJsonObject(before) || !isJsonObject(after)) return [];
  const values = listOf(after['enum']);
  const gone = listOf(before['enum'])?.filter((one) => values?.includes(one) === false) ?? [];
  const breaks = gone.map((value) => `${name} takes ${JSON.stringify(value)} no more`);
  if (values !== undefined && before['enum'] === undefined) breaks.push(`${name} became a choice`);
  const types = listOf(after['type']);
  const old = listOf(before['type']);
  const fits = (type: unknown): boolean =>
    types?.includes(type) === true || (type === 'integer' && types?.includes('number') === true);
  const narrower = types !== undefined && (old === undefined || !old.every(fits));
  if (narrower) breaks.push(`${name} has another type`);
  return breaks;
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function inputOf(tool: JsonObject) {
  const schema = objectMember(tool, 'inputSchema');
  const required = listOf(schema?.['required']) ?? [];
  return {
    properties: objectMember(schema, 'properties') ?? {},
    required: new Set(required.map(String)),
    definitions: objectMember(schema, '$defs') ?? {},
  };
}

const same = (one: unknown, two: unknown): boolean => JSON.stringify(one) === JSON.stringify(two);
