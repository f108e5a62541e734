import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Prints the URL of every module that a gateway without services loads before it listens. */
const PRINT_MODULES = `
  import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
  for (const module of ['cli/run', 'cli/serve', 'app/commands/check-services', 'app/start']) {
    await import(new URL(module + '.ts', process.argv[1]));
  }`;

/** What only some gateways need. */
const NEEDED_BY_SOME = [
  /node_modules\/(ai|@ai-sdk|yaml|ws|json-p3|oauth4webapi|graphql|pg|mysql2|tarn)\//,
  /src\/connectors\/[^/]+\/(open-upstream|create-opener|file-server|graphql-server)\.ts$/,
  /src\/storage\/postgres\//,
  /src\/chat\/models\/(?!(store|provider)\.ts)/,
  /src\/http\/api\/api-listener\.ts$/,
  /src\/billing\/(charging|rating|rules|ledger|periods|pools)\//,
  /src\/billing\/(store|spending\/spending-desk|export\/export-runner)\.ts$/,
  /src\/webhooks\/delivery\//,
  /src\/cli\/(doctor|keys|migrate|service)\.ts$/,
];

describe('the start of a gateway', () => {
  it('loads nothing that only some gateways need', () => {
    const source = new URL('../', import.meta.url).href;
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module'];
    const argv = [...flags, '--eval', PRINT_MODULES, source];
    const output = execFileSync(process.execPath, argv, {
      cwd: fileURLToPath(source),
      encoding: 'utf8',
    });
    const loaded = output.trim().split('\n');
    assert.ok(loaded.some((url) => url.endsWith('/src/app/build.ts')));
    assert.ok(loaded.some((url) => url.endsWith('/src/connectors/openapi/connector.ts')));
    assert.ok(loaded.some((url) => url.includes('/node_modules/zod/')));
    const early = loaded.filter((url) => NEEDED_BY_SOME.some((pattern) => pattern.test(url)));
    assert.deepEqual(early, []);
  });
});
