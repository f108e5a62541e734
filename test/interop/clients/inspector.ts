import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { InteropClient, Target } from '../interop-client.ts';

const runFile = promisify(execFile);
const PROCESS_MS = 30_000;
const launcher = fileURLToPath(
  new URL(
    '../../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    import.meta.url,
  ),
);

/** The MCP Inspector's command line; every operation is a process and a connection of its own. */
export function inspector(mode: 'legacy' | 'auto' | 'modern'): InteropClient {
  return {
    name: 'mcp-inspector --cli',
    mode,
    era: mode === 'legacy' ? 'legacy' : 'modern',
    open: (target) =>
      Promise.resolve({
        toolNames: async () => {
          const { result } = JSON.parse(await runInspector(target, mode, 'tools/list', [])) as {
            result: { tools: readonly { name: string }[] };
          };
          return result.tools.map(({ name }) => name);
        },
        call: (tool, input) =>
          runInspector(target, mode, 'tools/call', [
            `--tool-name=${tool}`,
            `--tool-args-json=${JSON.stringify(input)}`,
          ]),
        close: () => Promise.resolve(),
      }),
  };
}

async function runInspector(
  { endpoint, apiKey, folder }: Target,
  mode: string,
  method: string,
  flags: readonly string[],
): Promise<string> {
  const args = [
    launcher,
    '--cli',
    `--server-url=${endpoint}`,
    '--transport=http',
    `--protocol-era=${mode}`,
    `--method=${method}`,
    '--format=json',
    '--quiet',
    '--stored-auth-only',
    `--header=Authorization: Bearer ${apiKey}`,
    ...flags,
  ];
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MCP_CATALOG_PATH: join(folder, 'catalog.json'),
    MCP_CLIENT_CONFIG_PATH: join(folder, 'client.json'),
  };
  const options = { env, timeout: PROCESS_MS, killSignal: 'SIGKILL', cwd: folder } as const;
  try {
    return (await runFile(process.execPath, args, options)).stdout;
  } catch (error) {
    // The error's own text repeats the command line, and with it the key.
    const { stderr } = error as { stderr?: string };
    throw new Error(stderr?.trim() || 'the inspector ended without a word', { cause: error });
  }
}
