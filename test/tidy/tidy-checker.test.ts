import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkRepository, countSeen } from './check-repository.ts';
import { renderImportTable } from './import-table.ts';
import { build, code, house, readme, type Files } from './planted-house.ts';
import { errorRules, limitRules } from './rules/registry-rules.ts';

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
  [
    'subfolders in a circle',
    'folder-cycle',
    {
      'src/mcp/client/plant.ts': code("import '../eras/pot.ts';"),
      'src/mcp/eras/pot.ts': code(),
      'src/mcp/eras/soil.ts': code("import '../client/seed.ts';"),
      'src/mcp/client/seed.ts': code(),
    },
  ],
  [
    'deep subfolders in a circle of types, by way of a file between them',
    'folder-cycle',
    {
      'src/mcp/eras/modern/server/plant.ts': code("import type { A } from '../wire.ts';"),
      'src/mcp/eras/modern/wire.ts': code("import type { A } from './client/pot.ts';"),
      'src/mcp/eras/modern/client/pot.ts': code(),
      'src/mcp/eras/modern/client/soil.ts': code("import type { A } from '../server/seed.ts';"),
      'src/mcp/eras/modern/server/seed.ts': code(),
    },
  ],
  [
    'a subfolder and a file beside it in a circle',
    'folder-cycle',
    {
      'src/mcp/plant.ts': code("import './client/pot.ts';"),
      'src/mcp/client/pot.ts': code(),
      'src/mcp/client/soil.ts': code("import '../plant.ts';"),
    },
  ],
  [
    'a flat folder of many files',
    'folder-files',
    Object.fromEntries(
      Array.from({ length: 26 }, (_, index) => [`src/mcp/client/plant-${index}.ts`, code()]),
    ),
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
    const linkedTree = spell('gitdir: /wo', 'rk/x\n');
    const files = { ...house, 'src/mcp/plant.ts': text, '.git': linkedTree };
    assert.deepEqual(checkRepository(build(files)), []);
  });

  test('lets folders import each other one way, past files that lie beside them', () => {
    const plant = (path: string, ...lines: string[]): Files => {
      const name = path.replace(/^.*\//, '').replace('.ts', '');
      return { [path]: code(...lines).replace('plant', name) };
    };
    const repository = build({
      ...house,
      ...plant('src/mcp/door.ts', "import './client/pot.ts';", "import './eras/soil.ts';"),
      ...plant('src/mcp/client/pot.ts', "import '../eras/soil.ts';", "import '../wire.ts';"),
      ...plant('src/mcp/client/seed.ts', "import './pot.ts';"),
      ...plant('src/mcp/eras/soil.ts', "import '../wire.ts';"),
      ...plant('src/mcp/wire.ts'),
      ...Object.assign({}, ...Array.from({ length: 25 }, (_, i) => plant(`src/mcp/a/b${i}.ts`))),
      'src/mcp/a/b1.test.ts': code(),
    });
    assert.deepEqual(checkRepository(repository), []);
  });

  test('says of a circle which imports make it', () => {
    const repository = build({
      ...house,
      'src/mcp/a/one.ts': code("import '../b/two.ts';").replace('plant', 'one'),
      'src/mcp/b/two.ts': code().replace('plant', 'two'),
      'src/mcp/b/three.ts': code('', "import '../a/four.ts';").replace('plant', 'three'),
      'src/mcp/a/four.ts': code().replace('plant', 'four'),
    });
    const hops =
      'src/mcp/a/one.ts:1 imports src/mcp/b/two.ts; src/mcp/b/three.ts:2 imports src/mcp/a/four.ts';
    assert.deepEqual(checkRepository(repository), [
      { rule: 'folder-cycle', path: 'src/mcp/a', line: 1, text: `a → b → a (${hops})` },
    ]);
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
