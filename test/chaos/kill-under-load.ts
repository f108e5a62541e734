import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../support/start-postgres.ts';
import { atLeast, atMost, type Finding, type Scale, type Scenario } from './finding.ts';
import { compareUsage, type Load } from './support/compare-usage.ts';
import { callTool, register } from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { needPostgres } from './support/on-postgres.ts';
import { restartUntilServed } from './support/restart.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';

const ROUNDS: Readonly<Record<Scale, number>> = { full: 20, smoke: 2 };
const LANES = 8;
const LIFE_MS_MIN = 100;
const LIFE_MS_MAX = 1_500;
/** On a small scale other tests run beside. */
const RESTART_MS_MAX: Readonly<Record<Scale, number>> = { full: 3_000, smoke: 20_000 };
const CALL_MS = 5_000;

/** A gateway is killed at random moments under load and started again. */
export const killUnderLoad: Scenario = {
  name: 'killed under load',
  run: (scale) => killAgainAndAgain(scale, {}),
};

const postgres = needPostgres();

/** The same with PostgreSQL as the gateway's database. */
export const killUnderLoadOnPostgres: Scenario = {
  ...postgres,
  name: 'killed on PostgreSQL',
  async run(scale) {
    await using server = await startPostgres(postgres.programs);
    return await killAgainAndAgain(scale, { MCP_GATEWAY_DATABASE_URL: server.url });
  },
};

async function killAgainAndAgain(
  scale: Scale,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> {
  const rounds = ROUNDS[scale];
  await using upstream = await ScriptedUpstream.start();
  await using gateway = await GatewayProcess.start(environment);
  await register(gateway, 'busy', 'mcp-http', { url: upstream.url, era: 'modern' });
  const calls: Load = { sent: new Set(), acknowledged: new Set() };
  const restartsMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const loading = load(gateway, round, calls);
    await sleep(randomInt(LIFE_MS_MIN, LIFE_MS_MAX));
    await gateway.kill();
    await loading;
    const { milliseconds, tried } = await restartUntilServed(gateway, 'busy', `after-${round}`);
    for (const name of tried) calls.sent.add(name);
    calls.acknowledged.add(tried.at(-1) ?? '');
    restartsMs.push(milliseconds);
  }
  return [
    atLeast('rounds', restartsMs.length, rounds),
    atLeast('acknowledged calls', calls.acknowledged.size, rounds * LANES),
    ...(await compareUsage(gateway, calls)),
    atMost('slowest restart to a good call, ms', Math.max(...restartsMs), RESTART_MS_MAX[scale]),
  ];
}

/** Calls with a name of its own each, until the gateway is gone. */
async function load(gateway: GatewayProcess, round: number, { sent, acknowledged }: Load) {
  let isGone = false;
  let last = 0;
  const lane = async (): Promise<void> => {
    while (!isGone) {
      last++;
      const name = `round-${round}-${last}`;
      sent.add(name);
      try {
        await callTool(gateway, 'busy', name, CALL_MS);
        acknowledged.add(name);
      } catch {
        isGone = true;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
