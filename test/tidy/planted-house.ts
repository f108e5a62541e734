import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { renderImportTable } from './import-table.ts';
import { readRepository, type Repository } from './repository.ts';

/** Texts by path from the root. */
export type Files = Readonly<Record<string, string>>;

/** A README with the headings that every folder needs. */
export const readme = '# Folder\n\n## Owns\nIt.\n\n## Does not own\nThat.\n\n## Door\n`index.ts`\n';

/** A small house in which every rule finds something to look at and nothing to say. */
export const house: Files = {
  'package.json': JSON.stringify({
    scripts: { test: 'node --test', lint: 'oxlint' },
    dependencies: { zod: '4' },
    devDependencies: { 'fast-check': '4' },
  }),
  'ARCHITECTURE.md': `# Architecture\n\n${renderImportTable()}\n\nRun \`npm run lint\`.\n`,
  'README.md': 'See [the words](ARCHITECTURE.md#architecture) and `src/kernel/words.ts`.\n',
  'src/index.ts': "export { words } from './kernel/words.ts';\n",
  'src/kernel/README.md': readme.replace('index', 'words'),
  'src/kernel/words.ts':
    '/** The words of the house. */\nexport const words = (name: string): string => `${name}!`;\n',
  'src/kernel/words.test.ts': "import fc from 'fast-check';\nvoid fc;\n",
  'src/mcp/README.md': readme.replace('index', 'message'),
  'src/mcp/message.ts': [
    "import { words } from '../kernel/words.ts';",
    '',
    '/** A message of the house. */',
    'export function message(): string {',
    "  return words('a').replace(/[/\"'`]/g, '');",
    '}',
    '',
  ].join('\n'),
};

/** Reads a house made of `files` in a temporary folder that is gone afterwards. */
export function build(files: Files): Repository {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return readRepository(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A file of src whose own code is fine, with `lines` in front. */
export const code = (...lines: string[]): string =>
  [...lines, '', '/** Something to export. */', 'export const plant = 1;', ''].join('\n');
