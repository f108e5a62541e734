import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { errorResult, textResult } from '../../upstream/tool-result.ts';
import { countArgument, type FilePlace, type FileTool } from './file-tool.ts';
import { openFileAt } from './open-beneath.ts';
import { readContent, type FileContent } from './read-content.ts';
import { resourceUri } from './resource-uri.ts';

/** Reads a file: text by lines, images and audio as such, other bytes as a resource. */
export const readTool: FileTool = {
  name: 'read_file',
  description: 'Reads a file. Text comes by lines; images, audio and other bytes come whole.',
  pathDescription: 'The file, relative to the root.',
  properties: {
    startLine: { type: 'integer', minimum: 1, description: 'First line of a text; default 1.' },
    lineCount: { type: 'integer', minimum: 1, description: 'How many lines; default all.' },
  },
  required: ['path'],
  annotations: { readOnlyHint: true },
  async run(place, input) {
    const start = countArgument(input, 'startLine') ?? 1;
    const count = countArgument(input, 'lineCount') ?? Infinity;
    await using file = await openFileAt(place.root, place.names);
    const content = await readContent(file, place.names.at(-1) ?? '');
    return content.kind === 'text' ? textLines(content.text, start, count) : binary(content, place);
  },
};

/** The lines asked for, as many as fit; what is left is said. */
function textLines(text: string, start: number, count: number): JsonObject {
  const lines = text.split('\n');
  // A last line break ends a line, it does not begin one.
  if (lines.at(-1) === '') lines.pop();
  const wanted = lines.slice(start - 1, start - 1 + count);
  const kept: string[] = [];
  let characters = 0;
  for (const line of wanted) {
    characters += line.length + 1;
    if (characters > limits.toolTextCharactersMax) break;
    kept.push(line);
  }
  if (kept.length === 0 && wanted[0] !== undefined) {
    const cut = wanted[0].slice(0, limits.toolTextCharactersMax).toWellFormed();
    return textResult(cut, `Line ${start} is cut: it has ${wanted[0].length} characters.`);
  }
  const last = start - 1 + kept.length;
  const whole = start === 1 && last >= lines.length;
  const note = `Lines ${start} to ${last} of ${lines.length}.`;
  return textResult(kept.join('\n'), ...(whole ? [] : [note]));
}

function binary(content: FileContent & { kind: 'binary' }, { root, names }: FilePlace): JsonObject {
  const { bytes, mimeType } = content;
  if (bytes.byteLength > limits.toolBinaryBytesMax) {
    const most = limits.toolBinaryBytesMax;
    return errorResult(`${bytes.byteLength} bytes of ${mimeType} do not fit; at most ${most} do.`);
  }
  const data = bytes.toString('base64');
  const kind = mimeType.split('/', 1)[0];
  if ((kind === 'image' && !mimeType.includes('svg')) || kind === 'audio') {
    return { content: [{ type: kind, data, mimeType }] };
  }
  const resource = { uri: resourceUri(root, names), mimeType, blob: data };
  return { content: [{ type: 'resource', resource }] };
}
