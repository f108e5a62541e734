import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openapiConfig } from '../../src/connectors/openapi/prepare/config.ts';
import { generateServer } from '../../src/connectors/openapi/generate/generate-server.ts';
import { sourceFiles } from '../../src/connectors/openapi/generate/source-files.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { tokenize, type Token } from '../tidy/tokens.ts';
import { openapi32Entries } from './dialect-entries.ts';
import { compileProject, makeEjectedProject } from './ejected-project.ts';
import { hostileDocument, hostileTexts, MARK } from './hostile-ejection.ts';
import { loopbackEgress } from './loopback-egress.ts';
import { styleEntries } from './parameter-entries.ts';
import { wireDocument } from './wire-document.ts';

const require = createRequire(import.meta.url);

const read = (name: string): JsonObject =>
  JSON.parse(readFileSync(require.resolve(name), 'utf8').replace(/^\uFEFF/, '')) as JsonObject;

const operationIn20 = '@microsoft.azure/autorest.testserver/swagger/body-complex.json';
const operationsIn30 = '@octokit/openapi/generated/api.github.com.json';

/** Uses the typed functions as a program would, rightly and wrongly. */
const program = `
import { openService } from './open-service.ts';
import { query_form_explode_list } from './operations/index.ts';
const service = openService({});
void query_form_explode_list(service, { "color": ['blue', 'black'] });
// @ts-expect-error a number is no list of texts
void query_form_explode_list(service, { "color": 7 });
// @ts-expect-error there is no such argument
void query_form_explode_list(service, { "colour": [] });
`;

/** Words of the language and of the generator; every other name is a function's or a type's. */
const words = new Set(
  (
    'import export type from as readonly function Promise string number boolean null never ' +
    'unknown key $Json $ToolResult $OpenedService $callTool $service $input callTool ToolResult ' +
    'Json OpenedService return true false'
  ).split(' '),
);

/** Every name that the generated index exports. */
function exportedNames(index: string): ReadonlySet<string> {
  return new Set(
    [...index.matchAll(/\{ (\w+), type (\w+) \}/g)]
      .flatMap(([, one, two]) => [one, two])
      .map(String),
  );
}

/** What in a generated module is neither ours, nor a literal, nor a comment. */
function strangers(text: string, known: ReadonlySet<string>): readonly string[] {
  const tokens = tokenize(text);
  return tokens.flatMap((token, at) => strange(token, tokens[at - 1], tokens[at + 1], known));
}

function strange(
  { kind, text }: Token,
  before: Token | undefined,
  after: Token | undefined,
  known: ReadonlySet<string>,
): readonly string[] {
  switch (kind) {
    case 'comment': {
      const isPlain =
        text.startsWith('/** ') && text.endsWith(' */') && !/[\r\n\u2028\u2029@]/.test(text);
      return isPlain ? [] : [text];
    }
    case 'string':
      return /^(?:"[ -~]*"|'[\w./-]+')$/.test(text) ? [] : [text];
    case 'name': {
      const base = text.replace(/Arguments_\w+$/, 'Arguments');
      const isCalled = after?.text === '(' && text !== '$callTool' && before?.text !== 'function';
      return (words.has(text) || known.has(base)) && !isCalled ? [] : [text];
    }
    case 'punctuation':
    case 'number':
      return [];
    default:
      return [text];
  }
}

describe('the text of ejected servers', () => {
  test('compiles in strict mode: a document of 2.0, a large one of 3.0, one of 3.2', async () => {
    const { document } = wireDocument('3.2.0', [...styleEntries, ...openapi32Entries]);
    const documents = [read(operationIn20), read(operationsIn30), document];
    for (const each of documents) {
      await using project = await makeEjectedProject({ document: each });
      assert.ok(project.generated.tools > 10);
      if (each === document) await writeFile(join(project.folder, 'src', 'use.ts'), program);
      assert.equal(await compileProject(project.folder), '');
    }
  });

  test('holds foreign words in literals and comments only', async () => {
    const config = openapiConfig.parse({ document: hostileDocument() });
    const { files, tools } = await generateServer(config, {
      name: undefined,
      egress: loopbackEgress,
    });
    assert.ok(tools > hostileTexts.length / 2);
    const known = exportedNames(files.get('src/operations/index.ts') ?? '');
    assert.equal(known.size, tools * 2);
    const ours = sourceFiles();
    let [looked, marked] = [0, 0];
    for (const [path, text] of files) {
      assert.match(path, /^(?:[\w-]+\/)*[\w.-]+$/);
      if (path.startsWith('src/operations/')) {
        assert.deepEqual(strangers(text, known), [], path);
        looked += 1;
        marked += Number(text.includes(MARK));
      } else if (path.startsWith('src/')) assert.equal(text, ours.get(path), path);
      else if (path.startsWith('data/')) JSON.parse(text);
      else assert.ok(!text.includes(MARK), path);
    }
    assert.ok(looked === tools + 1 && marked > tools / 2);
  });

  test('of a document that means harm compiles as well', async () => {
    await using project = await makeEjectedProject({ document: hostileDocument() });
    assert.equal(await compileProject(project.folder), '');
  });

  test('a check that sees nothing would be worth nothing', () => {
    const known = new Set(['f', 'FArguments']);
    for (const text of [
      'Pwned();',
      '/** a */ Pwned',
      '`${a}`',
      '"\u2028"',
      '/* @ts-nocheck */',
      'f()',
    ]) {
      assert.notDeepEqual(strangers(text, known), [], text);
    }
  });
});
