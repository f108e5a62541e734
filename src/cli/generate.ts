import { readFileSync } from 'node:fs';
import { pairs } from './registration-body.ts';
import { textFlag, textFlags, UsageError, wordAt, type Command } from './command.ts';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const PROBLEMS_SHOWN = 10;

/** Writes a standalone MCP server for an API document. */
export const generate: Command = {
  summary: 'Write a standalone MCP server for an OpenAPI document.',
  usage: ['generate <file or url> --out <folder> [flags]'],
  options: {
    out: { type: 'string', short: 'o' },
    name: { type: 'string' },
    config: { type: 'string', short: 'c' },
    overlay: { type: 'string', multiple: true },
    'base-url': { type: 'string' },
    header: { type: 'string', multiple: true },
    force: { type: 'boolean' },
  },
  help: {
    out: 'Folder of the new project.',
    name: "Name of the project; without it the document's title.",
    config: 'File (JSON or YAML) with the configuration of an OpenAPI service.',
    overlay: 'Overlay document, a file (may be repeated).',
    'base-url': 'Where the API is, when its document does not say.',
    header: 'Header sent to the API, "Name: ${VARIABLE}" (may be repeated).',
    force: 'Replace what is in the folder.',
  },
  run: async ({ words, flags, terminal }) => {
    const place = wordAt(words, 0, 'an OpenAPI document: generate <file or url> --out <folder>');
    const folder = textFlag(flags, 'out');
    if (folder === undefined || folder === '') throw new UsageError('Give a folder with --out.');
    const name = textFlag(flags, 'name');
    if (name !== undefined && !NAME.test(name)) {
      throw new UsageError('--name takes up to 32 lower-case letters, digits and hyphens.');
    }
    const config = textFlag(flags, 'config');
    // The compiler of documents is loaded here, so that other commands start at once.
    const { generateProject } = await import('../app/commands/generate-project.ts');
    const report = await generateProject({
      document: /^https?:\/\//i.test(place) ? place : readText(place),
      folder,
      name,
      config: config === undefined ? undefined : readText(config),
      overlays: textFlags(flags, 'overlay').map(readText),
      baseUrl: textFlag(flags, 'base-url'),
      headers: pairs(flags, 'header', ':'),
      replace: flags['force'] === true,
    });
    const { problems, tools, files } = report;
    const what = `${tools} ${tools === 1 ? 'tool' : 'tools'} in ${files} files`;
    terminal.out(`Wrote ${report.name} to ${folder}: ${what}. Its README.md says how to run it.\n`);
    for (const problem of problems.slice(0, PROBLEMS_SHOWN))
      terminal.error(`${oneLine(problem)}\n`);
    const hidden = problems.length - PROBLEMS_SHOWN;
    if (hidden > 0) terminal.error(`${hidden} more problems of the document are not shown.\n`);
    return 0;
  },
};

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The file ${path} cannot be read.`, { cause: error });
  }
}
