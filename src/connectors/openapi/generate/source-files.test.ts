import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { projectFiles } from './project-files.ts';
import { sourceFiles, type ReadSource } from './source-files.ts';

const MAIN = 'templates/ejected-server/main.ts';

describe('the files of an ejected server', () => {
  test('are those that a call needs, and none that reads documents', () => {
    const files = sourceFiles();
    const paths = [...files.keys()];
    assert.ok(paths.length > 40, `only ${paths.length}`);
    for (const path of ['src/main.ts', 'src/plain-egress.ts', 'src/call-tool.ts']) {
      assert.ok(files.has(path), path);
    }
    assert.ok(files.has('src/gateway/connectors/openapi/request/build-request.ts'));
    assert.ok(!paths.some((path) => /compile\.ts|load-document|config\.ts|\.test\.ts/.test(path)));
    for (const [path, text] of files) assert.ok(!/from '(?:\.\.\/)+src\//.test(text), path);
    const { dependencies } = JSON.parse(
      projectFiles({ name: 'a', tools: 1, isPlaced: true, variables: [] }).get('package.json') ??
        '',
    ) as { readonly dependencies: Readonly<Record<string, string>> };
    for (const name of ['json-p3', 'oauth4webapi', 're2js']) {
      assert.ok(
        [...files.values()].some((text) => text.includes(`'${name}'`)),
        name,
      );
      assert.match(dependencies[name] ?? '', /^\d/, name);
    }
  });

  test('an import that leads elsewhere is refused', () => {
    const withMain =
      (text: string): ReadSource =>
      (path) =>
        path === MAIN ? text : '';
    const cases = [
      ["import '../../src/egress/dial.ts';", /src\/egress\/dial\.ts may not be copied/],
      ["import { a } from '../../src/connectors/sql/a.ts';", /may not be copied/],
      ["import { a } from '../../src/connectors/openapi/generate/a.ts';", /may not be copied/],
      ["import {\n  a,\n} from 'yaml';", /main\.ts imports yaml/],
      ["import type { z } from 'zod';", /imports zod/],
      ["export { a } from 'node:vm';", /imports node:vm/],
      ["const a = await import('./b.ts');", /loads code while it runs/],
      ["const a = new Function('b');", /loads code while it runs/],
      ["const a = await import('yaml');", /loads code while it runs/],
      ['const a = require(b);', /loads code while it runs/],
      ["const load = createRequire('/');", /loads code while it runs/],
    ] as const;
    for (const [text, problem] of cases) assert.throws(() => sourceFiles(withMain(text)), problem);
    assert.ok(sourceFiles(withMain("import './call-tool.ts';")).size > 1);
    const lazy = "const require = createRequire(import.meta.url);\nrequire('json-p3');\n";
    assert.ok(sourceFiles(withMain(`${lazy}await import('oauth4webapi');`)).size > 1);
  });
});
