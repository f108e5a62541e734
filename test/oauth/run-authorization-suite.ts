import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OAuthBrowser } from '../support/oauth-browser.ts';

const SUITE = new URL('../../node_modules/.bin/conformance', import.meta.url);

/** A client that may be answered at `http://127.0.0.1:{port}/callback`. */
export interface SuiteClient {
  readonly id: string;
  readonly port: number;
  readonly resource: string;
  readonly login: Readonly<Record<string, string>>;
}

/** One check of the suite. */
export interface SuiteCheck {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/**
 * Runs the authorization-server scenarios of the protocol's conformance suite; a person's browser
 * opens what the suite asks it to.
 */
export async function runAuthorizationSuite(
  issuer: string,
  { id, port, resource, login }: SuiteClient,
): Promise<readonly SuiteCheck[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-conformance-'));
  const flags = ['--url', issuer, '--client-id', id, '--resource', resource];
  flags.push('--port', String(port), '--output-dir', folder);
  const child = spawn(process.execPath, [fileURLToPath(SUITE), 'authorization', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes('/oauth/authorize?')) continue;
      const { answer, pages } = await new OAuthBrowser().authorize(line.trim(), login);
      if (answer === undefined) throw new Error(`The flow is stuck: ${pages.at(-1)}`);
      await (await fetch(answer)).text();
    }
    return await readChecks(folder);
  } finally {
    child.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function readChecks(folder: string): Promise<readonly SuiteCheck[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith('checks.json'));
  const checks = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown),
  );
  return checks.flat() as readonly SuiteCheck[];
}
