import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { ToolChange } from './config.ts';
import type { CompiledDocument, CompiledOperation, Diagnostic } from './model.ts';

/**
 * Applies the configuration's changes to tools: other names and descriptions, arguments that are
 * fixed and hidden, answers of which only parts are kept. A change that meets no tool, or a name
 * that is taken, leaves a diagnostic.
 */
export function changeTools(
  document: CompiledDocument,
  changes: Readonly<Record<string, ToolChange>>,
): CompiledDocument {
  const unused = new Set(Object.keys(changes));
  const diagnostics: Diagnostic[] = [];
  const taken = new Set(document.operations.map(({ tool }) => tool.name));
  const operations = document.operations.map((operation) => {
    const { id, operationId, tool } = operation;
    const keys = [operationId ?? id, tool.name, id].filter((key) => Object.hasOwn(changes, key));
    let changed = operation;
    for (const key of new Set(keys)) {
      unused.delete(key);
      const change = changes[key] ?? {};
      const free = change.name === undefined || !taken.has(change.name);
      if (!free) diagnostics.push(nameTaken(id, change.name ?? ''));
      if (free && change.name !== undefined) taken.add(change.name);
      changed = changeTool(changed, free ? change : { ...change, name: undefined });
    }
    return changed;
  });
  for (const key of unused) diagnostics.push(noSuchTool(key));
  return { ...document, operations, diagnostics: [...document.diagnostics, ...diagnostics] };
}

function changeTool(operation: CompiledOperation, change: ToolChange): CompiledOperation {
  const { tool, plan } = operation;
  const fixed = { ...plan.fixed, ...(change.fixed as JsonObject | undefined) };
  return {
    ...operation,
    tool: {
      ...tool,
      name: change.name ?? tool.name,
      description: change.description ?? tool.description,
      inputSchema: withoutArguments(tool.inputSchema, Object.keys(change.fixed ?? {})),
    },
    plan: {
      ...plan,
      ...(Object.keys(fixed).length === 0 ? {} : { fixed }),
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
