import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { registerServices } from '../../examples/quickstart/register-services.ts';
import type { RunningQuickstart } from '../../examples/quickstart/start-everything.ts';
import type { Children } from '../../examples/support/children.ts';

const START_MS = 30_000;

/** Registers the services of the quickstart and the other servers of the matrix. */
export async function startServices(
  gateway: RunningQuickstart,
  children: Children,
  folder: string,
  libraryApiUrl: string,
): Promise<void> {
  const everythingUrl = await children.start({
    name: 'server-everything over HTTP',
    args: [fileURLToPath(new URL('everything-over-http.ts', import.meta.url))],
    readyEvent: 'listening',
    timeoutMs: START_MS,
  });
  const files = join(folder, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'tea.txt'), 'Steep for three minutes.\n');
  const register = (slug: string, registration: Readonly<Record<string, unknown>>) =>
    callApi(gateway, 'POST', '/register-service', { slug, title: slug, ...registration });
  // One after the other: each starts a process, and a machine of two processors waits for none.
  await registerServices(gateway);
  await register('everything-http', { url: `${everythingUrl}/mcp` });
  await register('filesystem', {
    ...nodeProgram('@modelcontextprotocol/server-filesystem/dist/index.js', files),
    cwd: files,
  });
  await register('context7', {
    ...nodeProgram('@upstash/context7-mcp/dist/index.js'),
    env: { CONTEXT7_API_URL: libraryApiUrl },
  });
  const noBrowser = join(folder, 'there-is-no-browser');
  await register(
    'playwright',
    nodeProgram('@playwright/mcp/cli.js', '--headless', `--executable-path=${noBrowser}`),
  );
}

function nodeProgram(path: string, ...flags: readonly string[]) {
  const file = fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
  return { command: process.execPath, args: [file, ...flags] };
}
