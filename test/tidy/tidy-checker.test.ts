import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { checkRepository, countSeen } from './check-repository.ts';
import { renderImportTable } from './import-table.ts';
import { readRepository, type Repository } from './repository.ts';
import { errorRules, limitRules } from './rules/registry-rules.ts';

type Files = Readonly<Record<string, string>>;

const readme = '# Folder\n\n## Owns\nIt.\n\n## Does not own\nThat.\n\n## Door\n`index.ts`\n';

/** A small house in which every rule finds something to look at and nothing to say. */
const house: Files = {
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
function build(files: Files): Repository {
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
const code = (...lines: string[]): string =>
  [...lines, '', '/** Something to export. */', 'export const plant = 1;', ''].join('\n');

const documented = (name: string, body: string): string =>
  `/** Something to export. */\nexport function ${name}(): void {\n${body}\n}\n`;

const spell = (...parts: string[]): string => parts.join('');

/** What is planted, in which file, and the rule that must see it. */
const plants: readonly (readonly [what: string, rule: string, files: Files])[] = [
  ['a long file', 'file-lines', { 'src/mcp/plant.ts': code('// a line\n'.repeat(400)) }],
  [
    'a tree of longish files',
    'file-lines-spread',
    Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [
        `src/mcp/plant-${name}.ts`,
        code('// a line\n'.repeat(150)).replace('plant', `plant${name.toUpperCase()}`),
      ]),
    ),
  ],
  [
    'a long function',
    'function-lines',
    { 'src/mcp/plant.ts': documented('plant', '  void 0;\n'.repeat(70)) },
  ],
  [
    'a long arrow function with types',
    'function-lines',
    {
      'src/mcp/plant.ts': [
        '/** A thing. */',
        'export const plant = <T>(a: T): { a: T } => {',
        `${'  void a;\n'.repeat(70)}  return { a };`,
        '};\n',
      ].join('\n'),
    },
  ],
  [
    'a long method',
    'function-lines',
    {
      'src/mcp/plant.ts': [
        '/** A thing. */',
        'export class Plant {',
        '  grow(): void {',
        `${'    void 0;\n'.repeat(70)}  }`,
        '}\n',
      ].join('\n'),
    },
  ],
  ['a wide line', 'line-columns', { 'src/mcp/plant.ts': code(`// ${'wide '.repeat(20)}`) }],
  ['a file in camel case', 'file-name', { 'src/mcp/plantFile.ts': code() }],
  ['a file named unlike its export', 'main-export', { 'src/mcp/tree.ts': code() }],
  ['a default export', 'docstring', { 'src/mcp/plant.ts': code('export default 2;') }],
  ['an export without a docstring', 'docstring', { 'src/mcp/plant.ts': 'export const plant = 1;' }],
  [
    'an export with a plain comment',
    'docstring',
    { 'src/mcp/plant.ts': '// A plain comment.\nexport interface Plant {}\n' },
  ],
  [
    'a docstring that is no sentence',
    'docstring',
    { 'src/mcp/plant.ts': '/** the plant */\nexport const plant = 1;\n' },
  ],
  [
    'a listed export without a docstring',
    'docstring',
    { 'src/mcp/plant.ts': 'const plant = 1;\nexport { plant };\n' },
  ],
  [
    'an import against the table',
    'import-table',
    {
      'src/kernel/plant.ts': code("import { message } from '../mcp/message.ts';", 'void message;'),
    },
  ],
  [
    'an import of a type against the table',
    'import-table',
    { 'src/kernel/plant.ts': code("import type { A } from '../mcp/message.ts';") },
  ],
  [
    'a re-export against the table',
    'import-table',
    { 'src/kernel/plant.ts': code("export * from '../mcp/message.ts';") },
  ],
  [
    'an import() against the table',
    'import-table',
    { 'src/kernel/plant.ts': code("const later = import('../mcp/message.ts');", 'void later;') },
  ],
  [
    'an import() of a type against the table',
    'import-table',
    { 'src/kernel/plant.ts': code("type Later = import('../mcp/message.ts').A;") },
  ],
  [
    'a connector that imports another',
    'import-table',
    {
      'src/connectors/a/plant.ts': code("import '../b/plant.ts';"),
      'src/connectors/b/plant.ts': code(),
    },
  ],
  [
    'a store that imports more than store.ts',
    'import-table',
    { 'src/storage/memory/plant.ts': code("import '../../mcp/message.ts';") },
  ],
  [
    'a folder the table does not know',
    'import-table',
    { 'src/attic/plant.ts': code("import '../kernel/words.ts';") },
  ],
  [
    'an import out of src',
    'import-table',
    { 'src/mcp/plant.ts': code("import '../../test/a.ts';") },
  ],
  ['an import of nothing', 'missing-module', { 'src/mcp/plant.ts': code("import './gone.ts';") }],
  [
    'a raw module outside its door',
    'raw-module',
    { 'src/mcp/plant.ts': code("import { spawn } from 'node:child_process';", 'void spawn;') },
  ],
  [
    'a socket outside its door',
    'raw-module',
    { 'src/http/plant.ts': code("import { lookup } from 'node:dns/promises';", 'void lookup;') },
  ],
  [
    'a namespace of a half harmless module',
    'raw-module',
    { 'src/mcp/plant.ts': code("import * as net from 'node:net';", 'void net;') },
  ],
  ['a builtin without node:', 'node-prefix', { 'src/mcp/plant.ts': code("import 'fs';") }],
  [
    'a package nobody declared',
    'undeclared-package',
    { 'src/mcp/plant.ts': code("import 'left-pad';") },
  ],
  [
    'a development package in src',
    'undeclared-package',
    { 'src/mcp/plant.ts': code("import 'fast-check';") },
  ],
  [
    'files in a circle',
    'file-cycle',
    {
      'src/mcp/plant.ts': code("import './pot.ts';"),
      'src/mcp/pot.ts': code("import type { plant } from './plant.ts';").replace(
        'const plant',
        'const pot',
      ),
    },
  ],
  [
    'folders in a circle',
    'folder-cycle',
    {
      'src/mcp/plant.ts': code("import '../upstream/pot.ts';"),
      'src/upstream/pot.ts': code("import '../mcp/message.ts';").replace(
        'const plant',
        'const pot',
      ),
    },
  ],
  ['process.env', 'process-env', { 'src/mcp/plant.ts': code('void process.env;') }],
  [
    'env from node:process',
    'process-env',
    { 'src/mcp/plant.ts': code("import { env } from 'node:process';", 'void env;') },
  ],
  ['console', 'console', { 'src/mcp/plant.ts': code("console.log('x');") }],
  [
    'a module-level let',
    'module-state',
    { 'src/mcp/plant.ts': code('let count = 0;', 'void count;') },
  ],
  ['any as a type', 'any-type', { 'src/mcp/plant.ts': code('const x = {} as any;', 'void x;') }],
  ['any in a list', 'any-type', { 'src/mcp/plant.ts': code('const x: Map<string, any>[] = [];') }],
  ['an enum', 'enum', { 'src/mcp/plant.ts': code('enum Colour { Red }') }],
  [
    'syntax that is not erasable',
    'erasable',
    { 'src/mcp/plant.ts': code('class A { constructor(private b: string) {} }') },
  ],
  ['unfinished code', 'unfinished', { 'src/mcp/plant.ts': code(spell('// TO', 'DO: later')) }],
  ['unfinished prose', 'unfinished', { 'docs/a.md': spell('FIX', 'ME\n') }],
  ['a folder without a README', 'readme', { 'src/chat/plant.ts': code() }],
  [
    'a connector without a README',
    'readme',
    { 'src/connectors/README.md': readme, 'src/connectors/a/plant.ts': code() },
  ],
  ['a README without a door', 'readme', { 'src/mcp/README.md': '## Owns\n## Does not own\n' }],
  ['a long README', 'readme', { 'src/mcp/README.md': readme + 'More.\n'.repeat(40) }],
  ['a dead path', 'markdown-path', { 'docs/a.md': 'See `src/mcp/gone.ts`.\n' }],
  ['a dead file name', 'markdown-path', { 'src/mcp/README.md': readme }],
  ['a dead link', 'markdown-path', { 'docs/a.md': 'See [it](../gone.md).\n' }],
  ['a dead path in a command', 'markdown-path', { 'docs/a.md': '```sh\nnode src/gone.ts\n```\n' }],
  ['a dead anchor', 'markdown-anchor', { 'docs/a.md': '# A\nSee [it](#b).\n' }],
  ['a dead script', 'markdown-script', { 'docs/a.md': 'Run `npm run gone`.\n' }],
  [
    'a table that differs',
    'import-table-document',
    { 'ARCHITECTURE.md': renderImportTable().replace('| kernel | — |', '| kernel | mcp |') },
  ],
  ['no table', 'import-table-document', { 'ARCHITECTURE.md': '# Architecture\n' }],
  ['a path of one machine', 'forbidden-word', { 'docs/a.md': spell('See /wo', 'rk/x.\n') }],
  ['a private key', 'forbidden-word', { 'a.pem': spell('-----BEGIN PRIV', 'ATE KEY-----\n') }],
  [
    'a registry in the lock file',
    'forbidden-word',
    { 'package-lock.json': '{"resolved": "https://registry.example/a.tgz"}' },
  ],
];

describe('the tidy checker', () => {
  test('has nothing to say about a tidy house', () => {
    const repository = build(house);
    assert.deepEqual(checkRepository(repository), []);
    assert.deepEqual(countSeen(repository), {
      files: 9,
      sources: 4,
      functions: 1,
      exports: 3,
      fileEdges: 2,
      folderReadmes: 2,
      mentions: 5,
    });
  });

  for (const [what, rule, files] of plants) {
    test(`sees ${what}`, () => {
      const found = checkRepository(build({ ...house, ...files })).map((entry) => entry.rule);
      assert.ok(found.includes(rule), `${rule} is not among [${found.join(', ')}]`);
    });
  }

  test('lets through what only looks like a violation', () => {
    const text = code(
      "import type { Server } from 'node:http';",
      "import { isIP } from 'node:net';",
      "const enumeration = { enum: ['any'], any: isIP, text: `${isIP('a')}' // console.` };",
      'const halved = (enumeration.enum.length / 2) / 1;',
      "const quoted = /['\"`{(]/.test('process.env');",
      'void [halved, quoted, enumeration.any];',
      "import { z } from 'zod';",
      'void z.any();',
      'type Held = Server;',
    );
    assert.deepEqual(checkRepository(build({ ...house, 'src/mcp/plant.ts': text })), []);
  });

  test('sees errors without documentation and documentation without errors', () => {
    const page = '| code | text |\n|---|---|\n| `known` | … |\n| `known` | … |\n\n### `gone`\n';
    const found = errorRules(['known', 'new_one'], page).map(({ text }) => text);
    assert.deepEqual(found, [
      'the error new_one is not documented',
      'the documented error gone does not exist',
      'the error known is documented twice',
    ]);
  });

  test('sees a limit that no test names', () => {
    const found = limitRules(['aMax', 'bMax'], ['limits.aMax', 'limits.bMaximum']);
    assert.deepEqual(
      found.map(({ text }) => text),
      ['no test names the limit bMax'],
    );
  });
});
