import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { userEnvironment } from '../package/user-environment.ts';
import { buildContext } from './build-context.ts';
import { folderBytes, followStage, numericUser, type FollowedStage } from './follow-stage.ts';
import { parseDockerfile } from './parse-dockerfile.ts';

/** Follows the Dockerfile, starts what it makes as it says, asks its health, and stops it. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HEALTHY_MS = 30_000;
const STOP_MS = 30_000;

const home = mkdtempSync(join(tmpdir(), 'mcp-gateway-image-'));
// The image's user must be able to walk into its root.
chmodSync(home, 0o755);

function check(fine: boolean, what: string): void {
  process.stdout.write(`${fine ? 'ok    ' : 'FAILED'} ${what}\n`);
  if (!fine) process.exitCode = 1;
}

/** This machine's Node in the place of the base image's, and npm from the path. */
function environmentOf(bin: string): Readonly<Record<string, string>> {
  const { PATH = '', ...rest } = userEnvironment();
  return { ...rest, PATH: [bin, PATH].join(delimiter), npm_config_prefer_offline: 'true' };
}

function build(): FollowedStage {
  const bin = join(home, 'bin');
  mkdirSync(bin);
  cpSync(process.execPath, join(bin, 'node'));
  const shared = { context: buildContext(ROOT), environment: environmentOf(bin) };
  const roots = new Map<string, string>();
  let last: FollowedStage | undefined;
  for (const [index, stage] of parseDockerfile(
    readFileSync(join(ROOT, 'Dockerfile'), 'utf8'),
  ).entries()) {
    process.stdout.write(`\nFROM ${stage.base}\n`);
    const root = join(home, `stage-${index}`);
    mkdirSync(root);
    last = followStage(stage, root, { ...shared, roots });
    if (stage.name !== undefined) roots.set(stage.name, root);
  }
  if (last === undefined) throw new Error('The Dockerfile makes no image.');
  return last;
}

/** Takes the right to write from everybody, but for the volumes. */
function makeReadOnly({ root, volumes }: FollowedStage): void {
  const kept = volumes.map((volume) => join(root, volume));
  spawnSync('chmod', ['-R', 'a-w', root]);
  for (const volume of kept) spawnSync('chmod', ['-R', 'u+w', volume]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** How programs of the image are started: its user, folder and environment. */
function launchOptions(image: FollowedStage, port: number) {
  const [uid, gid] = numericUser(image.user ?? '');
  const inRoot = Object.entries(image.environment).map(([name, value]) => [
    name,
    value.startsWith('/') ? join(image.root, value) : value,
  ]);
  return {
    cwd: join(image.root, image.workFolder),
    env: {
      PATH: join(home, 'bin'),
      HOME: '/nonexistent',
      // Nothing but the volume may be written, not even for a moment.
      TMPDIR: '/nonexistent',
      CI_RUN_MARK: process.env['CI_RUN_MARK'],
      ...(Object.fromEntries(inRoot) as Readonly<Record<string, string>>),
      MCP_GATEWAY_SERVER_HOST: '127.0.0.1',
      MCP_GATEWAY_SERVER_PORT: String(port),
    },
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  };
}

async function tryImage(image: FollowedStage): Promise<void> {
  const options = launchOptions(image, await freePort());
  const [program = '', ...words] = image.command;
  const [probe = '', ...probeWords] = image.healthcheck;
  const isHealthy = (): boolean => spawnSync(probe, probeWords, options).status === 0;
  const write = "require('node:fs').writeFileSync('planted', '')";
  check(spawnSync('node', ['-e', write], options).status !== 0, 'the root cannot be written');
  check(!isHealthy(), 'the health check fails while nothing runs');

  const startedMs = performance.now();
  const since = (): number => Math.round(performance.now() - startedMs);
  const gateway = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(gateway, 'close');
  let said = '';
  gateway.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  let healthy = false;
  while (!healthy && since() < HEALTHY_MS && gateway.exitCode === null) {
    healthy = isHealthy();
    if (!healthy) await sleep(100);
  }
  check(healthy, `healthy after ${since()} ms`);
  gateway.kill('SIGTERM');
  const late = setTimeout(() => gateway.kill('SIGKILL'), STOP_MS);
  const [code] = (await exited) as [number | null];
  clearTimeout(late);
  // Only now: the health check kept this process from reading.
  check(said.includes('"first_admin"'), 'the first start shows its administrator');
  check(code === 0, `stops in order (exit code ${code})`);
  if (!healthy) process.stdout.write(said);
}

try {
  const image = build();
  const megabytes = (folderBytes(image.root) / 1e6).toFixed(1);
  process.stdout.write(`\nThe image holds ${megabytes} MB besides its base.\n`);
  makeReadOnly(image);
  await tryImage(image);
} finally {
  spawnSync('chmod', ['-R', 'u+w', home]);
  rmSync(home, { recursive: true, force: true });
}
