import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SUITE_MS = 300_000;
const OUTPUT_CHARACTERS_MAX = 4_000;
const RESULT_FILE = /^(?:server-)?(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z\/checks\.json$/;

/** The folder of the installed suite. */
export const suiteFolder = dirname(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'),
);

/** One check of a scenario as the suite reports it. */
export interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

/** What is run: a requirement set, or one scenario at a revision. */
export type Selection =
  | { readonly requirements: string }
  | { readonly scenario: string; readonly revision: string };

/** A command that the suite runs as the client of one scenario. */
export interface ClientRun {
  readonly command: string;
  readonly scenario: string;
  readonly revision: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs the suite's server of one scenario with a client. For a client the suite counts warnings
 * and a client that ends with an error as failures; so they are here.
 */
export async function runSuiteClient(run: ClientRun): Promise<readonly Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
  try {
    const { command, scenario, revision } = run;
    const selection = ['--scenario', scenario, '--spec-version', revision];
    // Extensions are on no revision's timeline.
    const args = ['client', '--command', command, ...selection, '--force'];
    args.push('--output-dir', folder);
    const { output, exitCode } = await runToEnd(args, run.environment);
    const checks = (await readResults(folder)).get(scenario);
    if (checks === undefined) throw new Error(`The suite reported nothing: ${output}`);
    const judged = checks.map((check): Check => {
      return check.status === 'WARNING' ? { ...check, status: 'FAILURE' } : check;
    });
    if (exitCode === 0 || judged.some(({ status }) => status === 'FAILURE')) return judged;
    return [...judged, { id: 'client-ended-well', status: 'FAILURE', errorMessage: output }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the suite against a URL; the checks of every scenario that came to its end. */
export async function runSuite(
  url: string,
  selection: Selection,
): Promise<ReadonlyMap<string, readonly Check[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
  try {
    const args = ['server', '--url', url, '--output-dir', folder];
    if ('requirements' in selection) args.push('--requirements', selection.requirements);
    else
      args.push('--scenario', selection.scenario, '--spec-version', selection.revision, '--force');
    const { output } = await runToEnd(args);
    const results = await readResults(folder);
    if (results.size === 0) throw new Error(`The suite reported nothing: ${output}`);
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface SuiteEnd {
  readonly output: string;
  readonly exitCode: number | null;
}

async function runToEnd(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<SuiteEnd> {
  const suite = spawn(process.execPath, [join(suiteFolder, 'dist/index.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
  };
  suite.stdout.on('data', keep);
  suite.stderr.on('data', keep);
  const inTime = new AbortController();
  void sleep(SUITE_MS, undefined, { signal: inTime.signal }).then(
    () => suite.kill('SIGKILL'),
    () => undefined,
  );
  await once(suite, 'close');
  inTime.abort();
  return { output: output.trim(), exitCode: suite.exitCode };
}

async function readResults(folder: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const results = new Map<string, readonly Check[]>();
  // A scenario's name may have a slash: its folder then lies in another.
  for (const entry of await readdir(folder, { recursive: true })) {
    const scenario = RESULT_FILE.exec(entry)?.[1];
    if (scenario === undefined) continue;
    const text = await readFile(join(folder, entry), 'utf8');
    results.set(scenario, JSON.parse(text) as readonly Check[]);
  }
  return results;
}
