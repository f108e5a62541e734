import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openapiConfig } from '../../src/connectors/openapi/prepare/config.ts';
import {
  generateServer,
  type GeneratedServer,
} from '../../src/connectors/openapi/generate/generate-server.ts';
import { writeFolder } from '../../src/connectors/openapi/generate/write-folder.ts';
import type { DocumentJob } from '../../src/connectors/openapi/prepare/prepare-document.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { loopbackEgress } from './loopback-egress.ts';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const COMPILER = join(PACKAGES, 'typescript', 'bin', 'tsc');

/** An ejected server in a temporary folder, with this repository's packages. */
export interface EjectedProject extends AsyncDisposable {
  readonly folder: string;
  /** The file that starts it. */
  readonly main: string;
  readonly generated: GeneratedServer;
}

/** Generates a server for a configuration and writes it to a temporary folder. */
export async function makeEjectedProject(
  config: JsonObject,
  name?: string,
): Promise<EjectedProject> {
  const parsed = openapiConfig.parse(config);
  const generated = await generateServer(parsed, { name, egress: loopbackEgress });
  const parent = await mkdtemp(join(tmpdir(), 'ejected-'));
  const folder = join(parent, 'server');
  await writeFolder(folder, generated.files, false);
  await linkPackages(folder, generated);
  return {
    folder,
    main: join(folder, 'src', 'main.ts'),
    generated,
    [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }),
  };
}

/** Installs the packages that the project declares, and no others. */
async function linkPackages(folder: string, { files }: GeneratedServer): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(files.get('package.json') ?? '') as {
    readonly dependencies: object;
    readonly devDependencies: object;
  };
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const place = join(folder, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(PACKAGES, name), place, 'junction');
  }
}

/** What the compiler says of a folder's project; empty when it is content. */
export async function compileProject(folder: string): Promise<string> {
  const compiler = spawn(process.execPath, [COMPILER, '--noEmit', '--project', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  compiler.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(compiler, 'close')) as [number | null];
  const said = Buffer.concat(chunks).toString('utf8');
  return code === 0 ? said : said || `The compiler ended with ${code}.`;
}

/** A document as it is, to be prepared. */
export const documentJob = (document: JsonObject): DocumentJob => ({
  document,
  files: {},
  overlays: [],
  toolNameLengthMax: 64,
  config: {},
});

/** An ejected server that listens. */
export interface EjectedHttp extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: string;
}

/** Starts a project's HTTP server on a free port of 127.0.0.1. */
export async function startEjectedHttp(
  main: string,
  environment: Readonly<Record<string, string>>,
): Promise<EjectedHttp> {
  const server = spawn(process.execPath, [main, '--http'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PORT: '0', ...environment },
  });
  const exited = once(server, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: server.stderr })) {
    said.push(line);
    const url = /listens on (http:\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    server.stderr.resume();
    return {
      url,
      async [Symbol.asyncDispose]() {
        server.kill('SIGTERM');
        await exited;
      },
    };
  }
  throw new Error(`The server did not start: ${said.join('\n')}`);
}
