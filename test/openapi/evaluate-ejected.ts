import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openapiConfig } from '../../src/connectors/openapi/prepare/config.ts';
import { generateServer } from '../../src/connectors/openapi/generate/generate-server.ts';
import { writeFolder } from '../../src/connectors/openapi/generate/write-folder.ts';
import { prepareDocument } from '../../src/connectors/openapi/prepare/prepare-document.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { compileProject, documentJob, makeEjectedProject } from './ejected-project.ts';
import { judgeWireCase, type WireCase } from './judge-wire-case.ts';
import { loopbackEgress } from './loopback-egress.ts';
import type { CorpusDocument } from './read-corpus.ts';
import { argumentsOf } from './run-wire-cases.ts';
import { startWireServer } from './start-wire-server.ts';

/** How many servers were written for documents with operations, and compile; what went wrong. */
export interface EjectedTotals {
  readonly documents: number;
  readonly compiled: number;
  readonly problems: readonly string[];
}

/** Writes a server for every document that has operations, and compiles them together. */
export async function evaluateEjected(
  documents: readonly CorpusDocument[],
): Promise<EjectedTotals> {
  const folder = await mkdtemp(join(tmpdir(), 'ejected-'));
  const problems: string[] = [];
  let count = 0;
  let settings: { compilerOptions: object } | undefined;
  try {
    for (const [at, { name, root }] of documents.entries()) {
      if (root === undefined) continue;
      count += 1;
      try {
        const config = openapiConfig.parse({ document: root });
        const { files } = await generateServer(config, { name: undefined, egress: loopbackEgress });
        await writeFolder(join(folder, `${at}`), files, false);
        settings ??= JSON.parse(files.get('tsconfig.json') ?? '') as typeof settings;
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (/no operation to call/.test(text)) count -= 1;
        else problems.push(`${name}: ${text}`);
      }
    }
    const all = { ...settings?.compilerOptions, rootDir: '.' };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: all, include: ['*/src'] }),
    );
    await symlink(
      fileURLToPath(new URL('../../node_modules', import.meta.url)),
      join(folder, 'node_modules'),
    );
    const said = await compileProject(folder);
    const wrong = new Map<string, string>();
    for (const [line, at = ''] of said.matchAll(/^.*?(?:^|\/)(\d+)\/src\/.*$/gm)) {
      if (!wrong.has(at)) wrong.set(at, `${documents[Number(at)]?.name}: ${line}`);
    }
    problems.push(...wrong.values(), ...(said !== '' && wrong.size === 0 ? [said] : []));
  } finally {
    await rm(folder, { recursive: true });
  }
  return { documents: count, compiled: count - problems.length, problems };
}

/** Calls every wire case through an ejected server over stdio; returns the failures. */
export async function evaluateEjectedWire(
  document: JsonObject,
  cases: readonly WireCase[],
): Promise<readonly string[]> {
  await using api = await startWireServer();
  await using project = await makeEjectedProject({ document });
  const { operations } = prepareDocument(documentJob(document));
  const client = new Client({ name: 'evaluate', version: '1' });
  const environment = { BASE_URL: api.url };
  const command = { command: process.execPath, args: [project.main], env: environment };
  await client.connect(new StdioClientTransport(command));
  const failed: string[] = [];
  try {
    for (const each of cases) {
      api.arrived.length = 0;
      const operation = operations.find(({ tool }) => tool.name === each.id);
      const given = operation === undefined ? {} : argumentsOf(operation, each);
      const { isError } = await client.callTool({ name: each.id, arguments: given });
      const problem = judgeWireCase(each, api.arrived[0], isError === true);
      if (problem !== undefined) failed.push(`${each.id}: ${problem}`);
    }
  } finally {
    await client.close();
  }
  return failed;
}
