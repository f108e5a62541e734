import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { CompiledTool } from '../../src/connectors/openapi/model.ts';
import { checkTool, type ToolFault } from './check-tool.ts';
import { countDeclared } from './count-declared.ts';
import type { CorpusDocument } from './read-corpus.ts';

/** How a converter did over a corpus. */
export interface PeerResult {
  readonly name: string;
  readonly accepted: number;
  readonly documents: number;
  readonly tools: number;
  readonly operations: number;
  readonly faults: ReadonlyMap<ToolFault, number>;
}

interface PeerTool {
  readonly name: string;
  readonly inputSchema: JsonObject;
}

/** How each package turns a document into tools, run in a process of its own. */
const peers: Readonly<Record<string, string>> = {
  'openapi-mcp-generator': `
    import { getToolsFromOpenApi } from 'openapi-mcp-generator';
    const made = await getToolsFromOpenApi(document, { dereference: true, baseUrl });
    tools.push(...made.map(({ name, inputSchema }) => ({ name, inputSchema })));`,
  fastmcp: `
    import { fromOpenAPI } from 'fastmcp/openapi';
    const server = {
      addTool: ({ name, parameters }) => {
        const read = parameters['~standard'].jsonSchema?.input;
        tools.push({ name, inputSchema: read?.({ target: 'draft-2020-12' }) ?? {} });
      },
    };
    await fromOpenAPI({ spec: document, server, baseUrl, maxTools: 1e6 });`,
};

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** Runs the peers that are installed below a folder over the same documents. */
export async function comparePeers(
  folder: string,
  documents: readonly CorpusDocument[],
): Promise<readonly PeerResult[]> {
  const results: PeerResult[] = [];
  for (const [name, source] of Object.entries(peers)) {
    if (!existsSync(join(folder, 'node_modules', name))) continue;
    results.push(await runPeer(folder, name, source, documents));
  }
  return results;
}

async function runPeer(
  folder: string,
  name: string,
  source: string,
  documents: readonly CorpusDocument[],
): Promise<PeerResult> {
  const faults = new Map<ToolFault, number>();
  const script = join(folder, `.compare-${name}.mjs`);
  await writeFile(script, scriptOf(source));
  let [accepted, tools, operations] = [0, 0, 0];
  for (const { root } of documents) {
    if (root === undefined) continue;
    operations += countDeclared(root).length;
    const made = await convert(script, root);
    if (made === undefined) continue;
    accepted += 1;
    tools += made.length;
    for (const tool of made) {
      for (const fault of checkTool(tool as CompiledTool)) {
        faults.set(fault, (faults.get(fault) ?? 0) + 1);
      }
    }
  }
  await rm(script);
  return { name, accepted, documents: documents.length, tools, operations, faults };
}

/** The tools of one document, or undefined when the peer refuses it. */
async function convert(script: string, root: JsonObject): Promise<readonly PeerTool[] | undefined> {
  const work = await mkdtemp(join(tmpdir(), 'peer-'));
  try {
    const file = join(work, 'document.json');
    await writeFile(file, JSON.stringify(root));
    const options = { timeout: TIMEOUT_MS, maxBuffer: 512 * 1024 * 1024 };
    const { stdout } = await run(process.execPath, [script, file], options);
    const line = stdout.split('\n').find((text) => text.startsWith('TOOLS '));
    return line === undefined ? undefined : (JSON.parse(line.slice(6)) as readonly PeerTool[]);
  } catch {
    return undefined;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function scriptOf(source: string): string {
  const lines = source.split('\n');
  const isImport = (line: string): boolean => line.trim().startsWith('import ');
  return [
    "import { readFileSync } from 'node:fs';",
    ...lines.filter(isImport),
    "const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));",
    "const baseUrl = 'https://api.example';",
    'const tools = [];',
    ...lines.filter((line) => !isImport(line)),
    // A cycle that was written out cannot be sent to any client.
    'const sendable = tools.filter((tool) => { try { JSON.stringify(tool); return true; }',
    'catch { return false; } });',
    "console.log('TOOLS ' + JSON.stringify(sendable));",
  ].join('\n');
}
