import type { JsonObject } from '../../kernel/json.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import type { ServedTool, ToolCall } from '../../upstream/tool-server.ts';
import { PathError, splitPath } from './file-path.ts';
import type { FileRoot } from './file-root.ts';

/** A place that a tool was pointed at. */
export interface FilePlace {
  readonly root: FileRoot;
  readonly names: readonly string[];
}

/** A tool on files, before it knows how many roots there are. */
export interface FileTool {
  readonly name: string;
  readonly description: string;
  /** Its arguments besides `root` and `path`. */
  readonly properties: JsonObject;
  /** What `path` means here. */
  readonly pathDescription: string;
  readonly required: readonly string[];
  readonly annotations: JsonObject;
  readonly outputSchema?: JsonObject;
  run(place: FilePlace, input: JsonObject, call: ToolCall): Promise<JsonObject>;
}

/** Gives a tool its `root` and `path` arguments; a path that is refused becomes a tool error. */
export function servedFileTool(tool: FileTool, roots: readonly FileRoot[]): ServedTool {
  const names = roots.map(({ name }) => name);
  const rootProperty: JsonObject = { type: 'string', enum: names, description: 'Which root.' };
  const several = roots.length > 1;
  return {
    definition: {
      name: tool.name,
      description: tool.description,
      inputSchema: {
        type: 'object',
        properties: {
          ...(several ? { root: rootProperty } : {}),
          path: { type: 'string', description: tool.pathDescription },
          ...tool.properties,
        },
        required: [...(several ? ['root'] : []), ...tool.required],
        additionalProperties: false,
      },
      ...(tool.outputSchema === undefined ? {} : { outputSchema: tool.outputSchema }),
      annotations: tool.annotations,
    },
    async run(input, call) {
      const root = several ? roots.find(({ name }) => name === input['root']) : roots[0];
      if (root === undefined)
        throw new ArgumentError('root', `must be one of: ${names.join(', ')}.`);
      try {
        const path = textArgument(input, 'path') ?? '';
        return await tool.run({ root, names: splitPath(path, root) }, input, call);
      } catch (error) {
        if (error instanceof PathError) throw new ArgumentError('path', error.message);
        throw error;
      }
    },
  };
}

/** A text, or undefined when it was not given. Throws ArgumentError for anything else. */
export function textArgument(input: JsonObject, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new ArgumentError(name, 'must be a text.');
}

/** True or false; false when it was not given. Throws ArgumentError for anything else. */
export function flagArgument(input: JsonObject, name: string): boolean {
  const value = input[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new ArgumentError(name, 'must be true or false.');
}

/** A whole number of at least 1, or undefined when it was not given. Throws ArgumentError. */
export function countArgument(input: JsonObject, name: string): number | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new ArgumentError(name, 'must be a whole number of at least 1.');
}
