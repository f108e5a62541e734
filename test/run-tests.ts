import { spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';

/**
 * Runs all tests: five runners side by side, because many tests wait for processes and clocks,
 * then one alone for what keeps all processors busy. Prints what each runner said once it is done,
 * then what was left out, then the sums in the runner's own words. With `--fast` only the tests
 * that start no process of their own are run, with `--gateways` only those of whole gateways, which
 * are worth another run on another database.
 */

const PATTERNS = [
  'src/**/*.test.ts',
  'test/**/*.test.ts',
  'bench/**/*.test.ts',
  'examples/**/*.test.ts',
];
/** Files that mostly wait, by where they are; the last two groups start no process. */
const GROUPS: readonly RegExp[] = [
  /^(examples|src\/(connectors\/(mcp-stdio|sql)|stdio|cli)|test\/(stdio|doors|sign-in|storage))\//,
  /^test\/(audit|chaos|cluster|hostile|oauth|vault)\//,
  /^(test\/(?!tidy)|src\/connectors\/(openapi|graphql|files|mcp-http|mcp-websocket)\/)/,
  /^src\/(http|gateway|catalog|egress)\//,
  /./,
];
/** Files that start processes though others beside them do not; they go to the first group. */
const STARTING = /\/(usage-log-kill|folder-lock|postgres-bus|subjects\/gateway)\.test\.ts$/;
const FLAGS = [
  '--test',
  '--test-isolation=none',
  '--test-reporter=spec',
  '--test-timeout=60000',
  // A failed test may leave a server open; it must not hold up the verdict.
  '--test-force-exit',
  '--disable-warning=ExperimentalWarning',
];
/** Files with gateways on the database of tests; those about databases start their own servers. */
const GATEWAYS = /^(examples|src\/cli|test\/(doors\/(?!piped)|stdio|interop|sign-in))/;
/** Files that compile the whole project, and measure what a user waits for. */
const ALONE = /^test\/package\//;
/** A run that saw fewer files than this has lost some. */
const FILES_MIN = 150;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function runGroup(files: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...FLAGS, ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (bytes: Buffer): void => {
      output += bytes.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function sum(outcomes: readonly Outcome[], name: string): number {
  return outcomes.reduce((total, { output }) => {
    const found = [...output.matchAll(new RegExp(`^ℹ ${name} ([\\d.]+)$`, 'gm'))].at(-1)?.[1];
    return total + Number(found ?? 0);
  }, 0);
}

/** What was skipped and why, as the runner says it: `﹣ name (1.5ms) # reason`. */
function leftOut(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(({ output }) =>
    [...output.matchAll(/^\s*﹣ (.+) \([\d.]+ms\) # (.+)$/gm)].map(
      ([, name = '', reason = '']) => `left out: ${name} (${reason})\n`,
    ),
  );
}

const found = await Array.fromAsync(glob(PATTERNS, { exclude: ['**/node_modules/**'] }));
const files = found.toSorted();
if (files.length < FILES_MIN) throw new Error(`only ${files.length} test files were found`);
const [isFast, isGateways] = ['--fast', '--gateways'].map((flag) => process.argv.includes(flag));
const wanted = isGateways ? files.filter((file) => GATEWAYS.test(file)) : files;
const alone = wanted.filter((file) => ALONE.test(file));
const beside = wanted.filter((file) => !ALONE.test(file));
const groupOf = (file: string): number =>
  STARTING.test(file) ? 0 : GROUPS.findIndex((group) => group.test(file));
const groups = GROUPS.map((_, index) => beside.filter((file) => groupOf(file) === index));

async function runShown(group: readonly string[]): Promise<Outcome> {
  const outcome = await runGroup(group);
  process.stdout.write(`${outcome.output}\n`);
  return outcome;
}

const started = performance.now();
const sideBySide = (isFast ? groups.slice(-2) : groups).filter((group) => group.length > 0);
const outcomes = await Promise.all(sideBySide.map(runShown));
if (!isFast && alone.length > 0) outcomes.push(await runShown(alone));
for (const line of new Set(leftOut(outcomes))) process.stdout.write(line);
for (const name of ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo']) {
  process.stdout.write(`ℹ ${name} ${sum(outcomes, name)}\n`);
}
process.stdout.write(`ℹ duration_ms ${Math.round(performance.now() - started)}\n`);
// A runner that ended without its closing lines has not run its tests.
const complete = outcomes.every(({ output }) => /^ℹ pass [1-9]/m.test(output));
process.exitCode = complete && outcomes.every(({ code }) => code === 0) ? 0 : 1;
