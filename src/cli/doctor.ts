import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../app/config/config-schema.ts';
import { loadConfig } from '../app/config/config.ts';
import { isJsonObject, stringMember } from '../kernel/json.ts';
import type { Command, Flags } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { nodeProblem } from './node-problem.ts';
import { formatTable } from './table.ts';

/** What one look found. */
interface Finding {
  readonly what: string;
  readonly fine: boolean;
  readonly detail: string;
}

const PROBE_MS = 3_000;

/** Looks whether the gateway can run here, and says what stands in the way. */
export const doctor: Command = {
  summary: 'Check that the gateway can run here.',
  usage: ['doctor [flags]'],
  options: configOptions,
  help: configHelp,
  run: async ({ flags, terminal }) => {
    const findings = await examine(flags);
    const rows = findings.map(({ what, fine, detail }) => [fine ? 'ok' : 'FAILED', what, detail]);
    terminal.out(formatTable(rows));
    return findings.every(({ fine }) => fine) ? 0 : 1;
  },
};

async function examine(flags: Flags): Promise<readonly Finding[]> {
  const node = checkNode(process.versions.node);
  let config: Config;
  try {
    const loaded = loadConfig(configSources(flags));
    const { checkServices } = await import('../app/commands/check-services.ts');
    checkServices(loaded);
    ({ config } = loaded);
  } catch (error) {
    return [node, { what: 'configuration', fine: false, detail: (error as Error).message }];
  }
  const running = await whoListens(config);
  return [
    node,
    { what: 'configuration', fine: true, detail: 'valid' },
    checkFolder(config.data.directory),
    await checkHolder(config.data.directory, running.gateway),
    await checkDatabase(config),
    running.finding,
    ...(await openServices(config)),
  ];
}

function checkNode(version: string): Finding {
  const problem = nodeProblem(version);
  return { what: 'Node', fine: problem === undefined, detail: problem ?? version };
}

function checkFolder(directory: string): Finding {
  const what = 'data folder';
  let existing = directory;
  while (!existsSync(existing)) existing = dirname(existing);
  if (!statSync(existing).isDirectory()) {
    return { what, fine: false, detail: `${existing} is not a folder` };
  }
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch {
    return { what, fine: false, detail: `${existing} is not writable` };
  }
  const state = existing === directory ? 'writable' : 'can be made';
  return { what, fine: true, detail: `${directory} ${state}` };
}

/** A folder that is held is fine only when the gateway that holds it answers on its port. */
async function checkHolder(directory: string, gatewayRuns: boolean): Promise<Finding> {
  const what = 'data folder lock';
  const { dataFolderProblem } = await import('../app/data-folder.ts');
  const problem = dataFolderProblem(directory);
  if (problem === undefined) return { what, fine: true, detail: 'free' };
  return { what, fine: gatewayRuns, detail: problem };
}

async function checkDatabase(config: Config): Promise<Finding> {
  const { probeDatabase } = await import('../app/commands/probe-database.ts');
  const { isFine, detail } = await probeDatabase(config);
  return { what: 'database', fine: isFine, detail };
}

async function whoListens({
  server,
}: Config): Promise<{ readonly gateway: boolean; readonly finding: Finding }> {
  const what = 'port';
  if (server.port === 0) {
    return { gateway: false, finding: { what, fine: true, detail: 'any free one' } };
  }
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  const place = `${server.host} port ${server.port}`;
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await fetch(`http://${host}:${server.port}/health`, { signal });
    const health: unknown = await response.json();
    const version = isJsonObject(health) ? stringMember(health, 'version') : undefined;
    if (version === undefined) throw new Error('something else');
    const detail = `a gateway ${version} runs on ${place}`;
    return { gateway: true, finding: { what, fine: true, detail } };
  } catch (error) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    const free = code === 'ECONNREFUSED';
    const detail = free ? `${place} is free` : `${place} is in use or not reachable`;
    return { gateway: false, finding: { what, fine: free, detail } };
  }
}

/** Opens every declared service the way the gateway would. */
async function openServices(config: Config): Promise<readonly Finding[]> {
  if (config.services.length === 0) return [];
  const { probeServices } = await import('../app/commands/probe-services.ts');
  const found = await probeServices(config);
  return found.map(({ slug, problem, detail }) => ({
    what: `service ${slug}`,
    fine: problem === undefined,
    detail: problem ?? detail,
  }));
}
