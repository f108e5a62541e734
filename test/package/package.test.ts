import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { generateProject } from '../../src/app/commands/generate-project.ts';
import { nodeProblem } from '../../src/cli/node-problem.ts';
import { compileProject } from '../openapi/ejected-project.ts';
import { serveAndCall } from './serve-and-call.ts';
import { installPackage, linkPackages, type InstallSource } from './install-package.ts';
import { packProject, type PackedProject } from './pack-project.ts';
import { userEnvironment } from './user-environment.ts';
import { apiDocument, openUserFolder, type UserFolder } from './user-folder.ts';

const source: InstallSource =
  process.env['PACKAGE_DEPENDENCIES'] === 'registry' ? 'registry' : 'checkout';
const UNPACKED_BYTES_MAX = 15 * 1024 * 1024;
/** What a user waits at most; among other tests, which take their share of the machine, longer. */
const FIRST_ANSWER_MS = source === 'registry' ? 10_000 : 30_000;
const SETUP_MS = 270_000;
const TRIAL_MS = 60_000;
const CONFIG = ['--config', join('..', 'gateway.json'), '--data-dir', 'data'];

const hasNpm = spawnSync('npm', ['--version'], { env: userEnvironment() }).status === 0;
const skip = hasNpm ? false : 'npm is not installed';

/** A Node of this machine that is too old for the gateway, if there is one. */
function oldNode(): string | undefined {
  const places = (userEnvironment()['PATH'] ?? '').split(delimiter);
  return places
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
      return status === 0 && nodeProblem(stdout.trim().slice(1)) !== undefined;
    });
}

/** Calls a tool of a server that is started over stdio; resolves to its text. */
async function callOverStdio(
  start: { readonly command: string; readonly args: readonly string[]; readonly cwd: string },
  environment: Readonly<Record<string, string>>,
  name: string,
): Promise<string> {
  const { command, args, cwd } = start;
  const env = { ...userEnvironment(), ...environment };
  const transport = new StdioClientTransport({ command, args: [...args], cwd, env });
  const client = new Client(
    { name: 'user', version: '1' },
    { versionNegotiation: { mode: 'auto' } },
  );
  await client.connect(transport);
  try {
    const { content } = await client.callTool({ name, arguments: { q: 'x' } });
    return JSON.stringify(content);
  } finally {
    await client.close();
  }
}

/** Every file below a folder with its text. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]));
}

describe(`the package, its dependencies from the ${source}`, { skip }, () => {
  let packages: string;
  let packed: PackedProject;
  let user: UserFolder;
  let installed: string;
  before(
    async () => {
      packages = await mkdtemp(join(tmpdir(), 'mcp-gateway-pack-'));
      packed = await packProject(packages);
      user = await openUserFolder();
      installed = await installPackage(packed.tarball, user.folder, source);
    },
    { timeout: SETUP_MS },
  );
  after(async () => {
    await user?.[Symbol.asyncDispose]();
    await rm(packages, { recursive: true, force: true });
  });

  test('is small, and holds what runs and no source of it', (t) => {
    const { packedBytes, unpackedBytes, files } = packed;
    t.diagnostic(`${files.length} files, ${packedBytes} bytes, unpacked ${unpackedBytes}`);
    assert.ok(unpackedBytes <= UNPACKED_BYTES_MAX, `${unpackedBytes} bytes`);
    assert.ok(files.length > 600, `only ${files.length} files`);
    for (const path of [
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'dist/main.js',
      'dist/index.d.ts',
    ]) {
      assert.ok(files.includes(path), path);
    }
    const odd = files.filter(
      (path) =>
        /^(?:src|test|bench|node_modules)\//.test(path) ||
        /\.test\.|test-fixtures/.test(path) ||
        (/(?<!\.d)\.ts$/.test(path) && !path.startsWith('dist/ejected/')),
    );
    assert.deepEqual(odd, []);
  });

  test('serves, and answers its first call in time', { timeout: TRIAL_MS }, async (t) => {
    const { listeningMs, answeredMs, texts, docsStatus } = await serveAndCall(user, CONFIG, [
      { name: 'api__read_7', arguments: { q: 'x' } },
      { name: 'data__notes', arguments: {} },
    ]);
    t.diagnostic(`npx to listening ${listeningMs} ms, to the first answered call ${answeredMs} ms`);
    assert.match(texts[0] ?? '', /\/r\/7\?q=x/);
    assert.match(texts[1] ?? '', /kept/);
    assert.equal(docsStatus, 200);
    assert.ok(answeredMs < FIRST_ANSWER_MS, `${answeredMs} ms`);
  });

  test('serves one client over stdio', { timeout: TRIAL_MS }, async (t) => {
    const startedMs = performance.now();
    const start = {
      command: 'npx',
      args: ['mcp-gateway', 'stdio', ...CONFIG],
      cwd: user.folder,
    };
    assert.match(await callOverStdio(start, {}, 'api__read_8'), /\/r\/8\?q=x/);
    t.diagnostic(`npx to the first answered call ${Math.round(performance.now() - startedMs)} ms`);
  });

  test(
    'writes the same server as the checkout does, and it runs',
    { timeout: TRIAL_MS },
    async () => {
      const document = JSON.stringify(apiDocument());
      await writeFile(join(user.folder, 'api.json'), document);
      const words = ['mcp-gateway', 'generate', 'api.json', '--out', 'server'];
      const { code, stdout, stderr } = await user.run('npx', ...words);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Wrote notes to server: 60 tools in \d+ files/);

      const folder = join(packages, 'expected');
      const job = { document, folder, name: undefined, config: undefined, overlays: [] };
      const rest = { baseUrl: undefined, headers: undefined, replace: false };
      await generateProject({ ...job, ...rest });
      const written = filesOf(join(user.folder, 'server'));
      assert.ok(written.size > 50, `only ${written.size} files`);
      assert.deepEqual(written, filesOf(folder));

      const project = join(user.folder, 'server');
      const { dependencies } = JSON.parse(written.get('/package.json') ?? '') as {
        readonly dependencies: Readonly<Record<string, string>>;
      };
      await linkPackages(project, Object.keys(dependencies));
      const start = { command: 'node', args: [join('src', 'main.ts')], cwd: project };
      const answered = await callOverStdio(start, { BASE_URL: user.apiUrl }, 'read_9');
      assert.match(answered, /\/r\/9\?q=x/);
    },
  );

  test('finds nothing in its way', { timeout: TRIAL_MS }, async () => {
    const words = ['mcp-gateway', 'doctor', ...CONFIG, '--port', '0'];
    const { code, stdout, stderr } = await user.run('npx', ...words);
    assert.equal(code, 0, `${stdout}${stderr}`);
    for (const what of ['Node', 'data folder', 'service api', 'service data']) {
      assert.match(stdout, new RegExp(`^ok +${what} `, 'm'));
    }
    const wrong = await user.run('npx', 'mcp-gateway', 'doctor', '--config', 'absent.json');
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /^FAILED +configuration /m);
  });

  test('types a connector', { timeout: TRIAL_MS }, async () => {
    const connector = [
      "import { GatewayError, limits, type Connector, type Upstream } from 'mcp-gateway';",
      'export const slugMax: number = limits.slugLengthMax;',
      'export const failure: Error = new GatewayError("internal");',
      'export type Opened = Awaited<ReturnType<Connector["open"]>>;',
      'export const same = (opened: Opened): Upstream => opened;',
      '// @ts-expect-error: no such code',
      'new GatewayError("no_such_code");',
    ].join('\n');
    await writeFile(join(user.folder, 'connector.ts'), connector);
    const compilerOptions = { module: 'nodenext', target: 'esnext', strict: true, types: ['node'] };
    const settings = { compilerOptions, files: ['connector.ts'] };
    await writeFile(join(user.folder, 'tsconfig.json'), JSON.stringify(settings));
    await linkPackages(user.folder, ['@types/node', 'undici-types']);
    assert.equal(await compileProject(user.folder), '');
  });

  test('says in one line that a Node is too old', { timeout: TRIAL_MS }, (t) => {
    const node = oldNode();
    if (node === undefined) {
      t.skip('no Node below 24.11 is installed');
      return;
    }
    const { status, stdout, stderr } = spawnSync(node, [join(installed, 'dist', 'main.js')], {
      encoding: 'utf8',
    });
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    assert.deepEqual(
      { status, stdout, stderr },
      {
        status: 1,
        stdout: '',
        stderr: `mcp-gateway: Node ${version} is too old; use 24.11 or later.\n`,
      },
    );
  });
});
