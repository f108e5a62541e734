import type { Cancellation } from '../../kernel/cancellation.ts';
import { RpcError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { listPage, type MethodHandler } from '../../upstream/tool-server.ts';
import { PathError } from './file-path.ts';
import type { FileRoot } from './file-root.ts';
import { mimeTypeOf } from './mime-type.ts';
import { openFileAt } from './open-beneath.ts';
import { readContent } from './read-content.ts';
import { placeOfUri, resourceUri } from './resource-uri.ts';
import { walkFiles } from './walk-files.ts';

/** The resource methods: files as resources, and a template for every root. */
export function resourceMethods(
  roots: readonly FileRoot[],
): Readonly<Record<string, MethodHandler>> {
  return {
    'resources/list': async (params, { io }) =>
      listPage('resources', await listResources(roots, io.cancellation), params),
    'resources/templates/list': (params) =>
      Promise.resolve(listPage('resourceTemplates', roots.map(templateOf), params)),
    'resources/read': (params) => readResource(roots, params),
  };
}

function templateOf(root: FileRoot): JsonObject {
  return {
    uriTemplate: `files://${root.name}/{+path}`,
    name: root.name,
    description: `A file of ${root.name}, by its path.`,
  };
}

async function listResources(
  roots: readonly FileRoot[],
  cancellation: Cancellation,
): Promise<readonly JsonObject[]> {
  const resources: JsonObject[] = [];
  for (const root of roots) {
    const options = { recursive: true, visitsMax: limits.fileSearchFilesMax, cancellation };
    for await (const entry of walkFiles(root, [], options)) {
      if (entry.kind === 'folder') continue;
      if (resources.length >= limits.fileResourcesMax) return resources;
      const { names, sizeBytes, modifiedAtMs } = entry;
      const mimeType = mimeTypeOf(names.at(-1) ?? '');
      resources.push({
        uri: resourceUri(root, names),
        name: names.join('/'),
        ...(mimeType === undefined ? {} : { mimeType }),
        size: sizeBytes,
        annotations: { lastModified: new Date(modifiedAtMs).toISOString() },
      });
    }
  }
  return resources;
}

async function readResource(roots: readonly FileRoot[], params: JsonObject): Promise<JsonObject> {
  const uri = params['uri'];
  if (typeof uri !== 'string') throw new RpcError(rpcCode.invalidParams, '"uri" must be a text.');
  try {
    const { root, names } = placeOfUri(uri, roots);
    await using file = await openFileAt(root, names);
    const content = await readContent(file, names.at(-1) ?? '');
    const { mimeType } = content;
    return {
      contents: [
        content.kind === 'text'
          ? { uri, mimeType, text: content.text }
          : { uri, mimeType, blob: content.bytes.toString('base64') },
      ],
    };
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    const text = `Resource not found: its path ${error.message}`;
    throw new RpcError(rpcCode.invalidParams, text, {
      uri: uri.slice(0, limits.filePathLengthMax),
    });
  }
}
