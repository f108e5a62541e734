import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { converterBounds, type Converter } from './converter.ts';
import { openStdioServer } from './open-stdio-server.ts';
import { serveInFolder, type StartedPeer } from './serve-in-folder.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * openapi-mcp-generator, as its README says: its command writes a project, whose server is started
 * over stdio. The project's TypeScript is run as it is, not compiled first.
 */
export function generatorConverter(peers: string): Converter {
  const packages = join(peers, 'node_modules');
  const command = join(packages, 'openapi-mcp-generator/bin/openapi-mcp-generator.js');
  const heap = `--max-old-space-size=${converterBounds.heapMegabytes}`;
  return {
    name: 'openapi-mcp-generator',
    open: (document, baseUrl) =>
      serveInFolder(document, async (folder, file): Promise<StartedPeer> => {
        const project = join(folder, 'project');
        const base = baseUrl === undefined ? [] : ['--base-url', baseUrl];
        const flags = ['--input', file, '--output', project, ...base, '--force'];
        await run(process.execPath, [heap, command, ...flags], {
          timeout: converterBounds.openMs,
          killSignal: 'SIGKILL',
          maxBuffer: OUTPUT_BYTES_MAX,
          cwd: folder,
        }).catch((error: unknown) => {
          const { stderr = '', message } = error as { stderr?: string; message: string };
          throw new Error(/\w*Error: [^\n]*/.exec(stderr)?.[0] ?? message, { cause: error });
        });
        await symlink(packages, join(project, 'node_modules'));
        const main = join(project, 'src/index.ts');
        const operations = operationsOf(await readFile(main, 'utf8'));
        const server = await openStdioServer([main], project);
        return { server, operationOf: ({ name }) => operations.get(name) };
      }),
  };
}

/** The operation of each tool, as the generated source has it. */
function operationsOf(source: string): ReadonlyMap<string, string> {
  const entry =
    /^ {2}\["([^"\n]+)", \{$[^]*?^ {4}method: "(\w+)",\n {4}pathTemplate: "([^"\n]*)",$/gm;
  return new Map(
    [...source.matchAll(entry)].map(([, name = '', method = '', path = '']) => [
      name,
      `${method.toUpperCase()} ${path}`,
    ]),
  );
}
