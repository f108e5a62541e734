import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../src/kernel/json.ts';
import { userEnvironment } from './user-environment.ts';

/** A document of so many paths is compiled on a thread of its own. */
const PATHS = 60;

/** What a command line came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty folder of a user who has an API and a database file to make tools of. */
export interface UserFolder extends AsyncDisposable {
  readonly folder: string;
  readonly apiUrl: string;
  /** Starts a program of the folder. */
  readonly start: (command: string, ...words: readonly string[]) => ChildProcess;
  /** Runs a program of the folder to its end. */
  readonly run: (command: string, ...words: readonly string[]) => Promise<Ended>;
}

/** The document of the user's API. */
export function apiDocument(): JsonObject {
  const operation = (index: number): JsonObject => ({
    get: {
      operationId: `read_${index}`,
      parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
      responses: { 200: { description: 'An answer.' } },
    },
  });
  const paths = Array.from({ length: PATHS }, (_, index) => [`/r/${index}`, operation(index)]);
  return {
    openapi: '3.1.0',
    info: { title: 'notes', version: '1' },
    paths: Object.fromEntries(paths) as JsonObject,
  };
}

/** Makes the folder with its configuration file, and starts the API. */
export async function openUserFolder(): Promise<UserFolder> {
  const parent = await mkdtemp(join(tmpdir(), 'mcp-gateway-user-'));
  const folder = join(parent, 'empty');
  await mkdir(folder);
  const api = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ asked: request.url }));
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  await writeConfiguration(parent, apiUrl);

  const start: UserFolder['start'] = (command, ...words) =>
    spawn(command, words, { cwd: folder, env: userEnvironment(), stdio: 'pipe' });
  return {
    folder,
    apiUrl,
    start,
    run: (command, ...words) => toEnd(start(command, ...words)),
    async [Symbol.asyncDispose]() {
      api.close();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function writeConfiguration(parent: string, apiUrl: string): Promise<void> {
  const file = join(parent, 'user.db');
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('kept')");
  database.close();
  const statements = [{ name: 'notes', description: 'All notes.', sql: 'SELECT text FROM note' }];
  const config = {
    egress: { allowLoopback: true },
    services: [
      { slug: 'api', kind: 'openapi', config: { document: apiDocument(), baseUrl: apiUrl } },
      { slug: 'data', kind: 'sql', config: { dialect: 'sqlite', file, statements } },
    ],
  };
  await writeFile(join(parent, 'gateway.json'), JSON.stringify(config));
}

async function toEnd(child: ChildProcess): Promise<Ended> {
  child.stdin?.end();
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
