import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { ToolChange } from './config.ts';
import type {
  CompiledDocument,
  CompiledOperation,
  Diagnostic,
} from '../model/compiled-document.ts';

/** A document with the changes, and the operations that they keep from models. */
export interface ChangedDocument extends CompiledDocument {
  readonly hidden: readonly CompiledOperation[];
}

/**
 * Applies the configuration's changes to tools: other names and descriptions, arguments that are
 * fixed and hidden, answers of which only parts are kept. A change that meets no tool, or a name
 * that is taken, leaves a diagnostic.
 */
export function changeTools(
  document: CompiledDocument,
  changes: Readonly<Record<string, ToolChange>>,
): ChangedDocument {
  const unused = new Set(Object.keys(changes));
  const unseen: CompiledOperation[] = [];
  const diagnostics: Diagnostic[] = [];
  const taken = new Set(document.operations.map(({ tool }) => tool.name));
  const operations = document.operations.flatMap((operation) => {
    const { id, operationId, tool } = operation;
    const keys = [operationId ?? id, tool.name, id].filter((key) => Object.hasOwn(changes, key));
    let changed = operation;
    let hidden = false;
    for (const key of new Set(keys)) {
      unused.delete(key);
      const change = changes[key] ?? {};
      hidden ||= change.hidden === true;
      diagnostics.push(...strangers(operation, change));
      const free = change.name === undefined || !taken.has(change.name);
      if (!free) diagnostics.push(nameTaken(id, change.name ?? ''));
      if (free && change.name !== undefined) taken.add(change.name);
      changed = changeTool(changed, free ? change : { ...change, name: undefined });
    }
    if (!hidden) return [changed];
    unseen.push(changed);
    return [];
  });
  for (const key of unused) diagnostics.push(noSuchTool(key));
  const all = [...document.diagnostics, ...diagnostics];
  return { ...document, operations, hidden: unseen, diagnostics: all };
}

function changeTool(operation: CompiledOperation, change: ToolChange): CompiledOperation {
  const { tool, plan } = operation;
  const fixed = { ...plan.fixed, ...(change.fixed as JsonObject | undefined) };
  const setsBody = Object.hasOwn(change.fixed ?? {}, plan.body?.argument ?? '');
  const unseen = [...(plan.unseen ?? []), ...(change.hide ?? [])];
  const defaults = { ...plan.defaults, ...(change.defaults as JsonObject | undefined) };
  return {
    ...operation,
    tool: {
      ...tool,
      name: change.name ?? tool.name,
      description: change.description ?? tool.description,
      inputSchema: withDefaults(
        withoutArguments(tool.inputSchema, [...Object.keys(change.fixed ?? {}), ...unseen]),
        defaults,
      ),
    },
    plan: {
      ...plan,
      ...(Object.keys(fixed).length === 0 ? {} : { fixed }),
      ...(setsBody ? { fixedSchema: tool.inputSchema } : {}),
      ...(unseen.length === 0 ? {} : { unseen }),
      ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
      ...(change.fields === undefined ? {} : { fields: change.fields }),
    },
  };
}

function withoutArguments(schema: JsonObject, hidden: readonly string[]): JsonObject {
  const { properties, required, ...rest } = schema;
  if (hidden.length === 0 || !isJsonObject(properties)) return schema;
  const kept = Object.entries(properties).filter(([name]) => !hidden.includes(name));
  const needed = (Array.isArray(required) ? (required as readonly Json[]) : []).filter(
    (name) => typeof name === 'string' && !hidden.includes(name),
  );
  return {
    ...rest,
    properties: Object.fromEntries(kept),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
}

/** Arguments with a default are optional, and the schema says what is used. */
function withDefaults(schema: JsonObject, defaults: JsonObject): JsonObject {
  const { properties, required, ...rest } = schema;
  const names = Object.keys(defaults);
  if (names.length === 0 || !isJsonObject(properties)) return schema;
  const shown = Object.entries(properties).map(([name, inner]): [string, Json] => [
    name,
    isJsonObject(inner) && Object.hasOwn(defaults, name)
      ? { ...inner, default: defaults[name] ?? null }
      : inner,
  ]);
  const needed = (Array.isArray(required) ? (required as readonly string[]) : []).filter(
    (name) => !Object.hasOwn(defaults, name),
  );
  return {
    ...rest,
    properties: Object.fromEntries(shown),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
}

/** Arguments that the configuration names and the operation does not have, or needs. */
function strangers({ id, tool }: CompiledOperation, change: ToolChange): readonly Diagnostic[] {
  const { properties, required } = tool.inputSchema;
  const known = isJsonObject(properties) ? properties : {};
  const set = Object.keys({ ...change.fixed, ...change.defaults });
  const unknown = [...set, ...(change.hide ?? [])].filter((name) => !Object.hasOwn(known, name));
  const needed = (change.hide ?? []).filter(
    (name) => Array.isArray(required) && required.includes(name) && !set.includes(name),
  );
  return [
    ...unknown.map((name) => strange(id, 'no_such_argument', name, 'does not take')),
    ...needed.map((name) => strange(id, 'argument_needed', name, 'cannot be called without')),
  ];
}

const strange = (operation: string, code: string, name: string, why: string): Diagnostic => ({
  severity: 'warning',
  code,
  operation,
  text: `The configuration names "${name}", which ${operation} ${why}.`,
});

const nameTaken = (operation: string, name: string): Diagnostic => ({
  severity: 'warning',
  code: 'name_taken',
  operation,
  text: `${operation} keeps its name: "${name}" is another tool's.`,
});

const noSuchTool = (key: string): Diagnostic => ({
  severity: 'warning',
  code: 'no_such_tool',
  text: `The configuration changes "${key}", which is no operation of the document.`,
});
