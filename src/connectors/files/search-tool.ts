import { setImmediate } from 'node:timers/promises';
import { RE2JS, RE2JSException } from 're2js';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import { structuredResult } from '../../upstream/tool-result.ts';
import { PathError } from './file-path.ts';
import type { FileRoot } from './file-root.ts';
import { flagArgument, textArgument, type FileTool } from './file-tool.ts';
import { openFileAt } from './open-beneath.ts';
import { compilePathPattern } from './path-pattern.ts';
import { readAtMost, textOf } from './read-content.ts';
import { walkFiles, type FoundEntry } from './walk-files.ts';

type LineTest = (line: string) => boolean;

const LINE_CHARACTERS = 300;
/** Only so much of one line is looked at. */
const LINE_SEARCHED = 4_000;
/** Lines between two chances for other work to run. */
const LINES_AT_ONCE = 2_000;

interface Search {
  readonly test: LineTest;
  readonly matches: JsonObject[];
  readonly endsAtMs: number;
  bytesLeft: number;
}

/** Finds lines of text files. */
export const searchTool: FileTool = {
  name: 'search_files',
  description: 'Finds lines that hold a text or match a regular expression, in all text files.',
  pathDescription: 'The folder to search, relative to the root; absent = everything.',
  properties: {
    query: { type: 'string', description: 'The text to find.' },
    regex: { type: 'boolean', description: 'The query is an RE2 regular expression.' },
    caseSensitive: { type: 'boolean' },
    pattern: { type: 'string', description: 'Only files whose path matches, such as `*.md`.' },
  },
  required: ['query'],
  annotations: { readOnlyHint: true },
  outputSchema: {
    type: 'object',
    properties: {
      matches: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            path: { type: 'string' },
            line: { type: 'integer' },
            text: { type: 'string' },
          },
        },
      },
      truncated: { type: 'boolean' },
    },
  },
  async run({ root, names }, input, { io }) {
    const pattern = textArgument(input, 'pattern');
    const wanted = pattern === undefined ? undefined : compilePathPattern(pattern, true);
    const search: Search = {
      test: lineTest(input),
      matches: [],
      endsAtMs: Date.now() + limits.fileSearchMs,
      bytesLeft: limits.fileSearchBytesMax,
    };
    const visitsMax = limits.fileSearchFilesMax;
    const options = { recursive: true, visitsMax, cancellation: io.cancellation };
    const walk = walkFiles(root, names, options);
    let truncated = false;
    for (;;) {
      const next = await walk.next();
      truncated = next.done === true ? next.value.partial : isOver(search);
      if (next.done === true || truncated) break;
      const entry = next.value;
      if (entry.kind === 'folder' || wanted?.(entry.names.join('/')) === false) continue;
      await searchFile(root, entry, search);
    }
    const note = 'There may be more: search a folder below, or give a pattern.';
    return structuredResult({ matches: search.matches, truncated }, ...(truncated ? [note] : []));
  },
};

const isOver = ({ matches, endsAtMs, bytesLeft }: Search): boolean =>
  matches.length >= limits.fileSearchMatchesMax || bytesLeft <= 0 || Date.now() > endsAtMs;

async function searchFile(root: FileRoot, entry: FoundEntry, search: Search): Promise<void> {
  if (entry.sizeBytes > limits.fileReadBytesMax) return;
  search.bytesLeft -= entry.sizeBytes;
  const bytes = await read(root, entry);
  const text = bytes === undefined ? undefined : textOf(bytes);
  if (text === undefined) return;
  const path = entry.names.join('/');
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (index % LINES_AT_ONCE === LINES_AT_ONCE - 1) await setImmediate();
    if (isOver(search)) return;
    if (!search.test(line.slice(0, LINE_SEARCHED))) continue;
    const shown = line.slice(0, LINE_CHARACTERS).trimEnd().toWellFormed();
    search.matches.push({ path, line: index + 1, text: shown });
  }
}

/** The bytes of a file that may be gone or changed by now. */
async function read(root: FileRoot, entry: FoundEntry): Promise<Buffer | undefined> {
  try {
    await using file = await openFileAt(root, entry.names);
    return await readAtMost(file, limits.fileReadBytesMax);
  } catch (error) {
    if (error instanceof PathError) return undefined;
    throw error;
  }
}

function lineTest(input: JsonObject): LineTest {
  const query = textArgument(input, 'query') ?? '';
  if (query === '' || query.length > limits.filePathLengthMax) {
    throw new ArgumentError('query', `must have 1 to ${limits.filePathLengthMax} characters.`);
  }
  const caseSensitive = flagArgument(input, 'caseSensitive');
  if (flagArgument(input, 'regex')) return expressionTest(query, caseSensitive);
  if (caseSensitive) return (line) => line.includes(query);
  const folded = query.toLowerCase();
  return (line) => line.toLowerCase().includes(folded);
}

function expressionTest(query: string, caseSensitive: boolean): LineTest {
  try {
    const expression = RE2JS.compile(query, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
    return (line) => expression.matcher(line).find();
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new ArgumentError('query', `is not an RE2 regular expression: ${error.message}.`);
  }
}
