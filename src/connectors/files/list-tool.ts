import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { structuredResult } from '../../upstream/tool-result.ts';
import { flagArgument, textArgument, type FileTool } from './file-tool.ts';
import { compilePathPattern } from './path-pattern.ts';
import { walkFiles } from './walk-files.ts';

/** Lists the files and folders of a folder. */
export const listTool: FileTool = {
  name: 'list_files',
  description: 'Lists files and folders, with size and time of change.',
  pathDescription: 'The folder, relative to the root; absent = the root itself.',
  properties: {
    recursive: { type: 'boolean', description: 'Also what is in the folders below.' },
    pattern: {
      type: 'string',
      description: 'Only files whose path matches: `*.md`, `docs/**/*.txt`.',
    },
  },
  required: [],
  annotations: { readOnlyHint: true },
  outputSchema: {
    type: 'object',
    properties: {
      entries: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            path: { type: 'string' },
            kind: { enum: ['file', 'folder'] },
            sizeBytes: { type: 'integer' },
            modifiedAt: { type: 'string', format: 'date-time' },
          },
        },
      },
      truncated: { type: 'boolean' },
    },
  },
  async run({ root, names }, input, { io }) {
    const recursive = flagArgument(input, 'recursive');
    const pattern = textArgument(input, 'pattern');
    const matches = pattern === undefined ? undefined : compilePathPattern(pattern, true);
    const entries: JsonObject[] = [];
    const walk = walkFiles(root, names, {
      recursive,
      visitsMax: limits.fileSearchFilesMax,
      cancellation: io.cancellation,
    });
    let truncated = false;
    for (;;) {
      const next = await walk.next();
      if (next.done === true) {
        truncated = next.value.partial;
        break;
      }
      const { names: found, kind, sizeBytes, modifiedAtMs } = next.value;
      const path = found.join('/');
      if (matches !== undefined && (kind === 'folder' || !matches(path))) continue;
      if (entries.length >= limits.fileEntriesMax) {
        truncated = true;
        break;
      }
      const modifiedAt = new Date(modifiedAtMs).toISOString();
      entries.push({ path, kind, ...(kind === 'file' ? { sizeBytes } : {}), modifiedAt });
    }
    const note = 'There is more than is shown; list a folder below, or give a pattern.';
    return structuredResult({ entries, truncated }, ...(truncated ? [note] : []));
  },
};
