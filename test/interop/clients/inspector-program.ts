import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Target } from '../interop-client.ts';

const runFile = promisify(execFile);
const PROCESS_MS = 30_000;

/** Where a program of the Inspector package is. */
export function inspectorFile(path: string): string {
  const folder = '../../../node_modules/@modelcontextprotocol/inspector/clients/';
  return fileURLToPath(new URL(`${folder}${path}`, import.meta.url));
}

/** An environment in which the Inspector's programs keep everything in the client's folder. */
export function inspectorEnvironment({ folder }: Pick<Target, 'folder'>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    MCP_CATALOG_PATH: join(folder, 'catalog.json'),
    MCP_CLIENT_CONFIG_PATH: join(folder, 'client.json'),
    MCP_INSPECTOR_DAEMON_DIR: join(folder, 'd'),
    MCP_INSPECTOR_SECRET_STORE: 'file',
  };
}

/** Runs one command to its end; resolves to what it printed, rejects with what it complained of. */
export async function runInspector(
  target: Target,
  program: string,
  args: readonly string[],
): Promise<string> {
  const options = {
    env: inspectorEnvironment(target),
    timeout: PROCESS_MS,
    killSignal: 'SIGKILL',
    cwd: target.folder,
    signal: target.signal,
  } as const;
  try {
    return (await runFile(process.execPath, [inspectorFile(program), ...args], options)).stdout;
  } catch (error) {
    // The error's own text repeats the command line, and with it the key.
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    // A tool's own error is a result; the programs print it, and then end as if they had failed.
    if (stdout !== undefined && stderr?.includes('"tool_is_error"') === true) return stdout;
    const said = stderr?.trim() || stdout?.trim();
    throw new Error(said || 'the inspector ended without a word', { cause: error });
  }
}
