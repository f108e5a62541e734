import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../support/start-postgres.ts';
import { atLeast, atMost, type Scale, type Scenario } from './finding.ts';
import { compareUsage, type Load } from './support/compare-usage.ts';
import { callTool, register, type Access } from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { needPostgres } from './support/on-postgres.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';

const LANES = 4;
const CALL_MS = 20_000;
const KILLS: Readonly<Record<Scale, number>> = { full: 15, smoke: 2 };
const AWAY_MS: Readonly<Record<Scale, number>> = { full: 60_000, smoke: 3_000 };
/** Draining comes once a second, so kills this far apart meet it at any of its moments. */
const LIFE_MS_MIN = 900;
const LIFE_MS_MAX = 2_100;
const DRAINED_MS_MAX = 30_000;

const postgres = needPostgres();

/** The database is killed while usage moves into it, again and again, and started again. */
export const databaseKilled: Scenario = {
  ...postgres,
  name: 'database killed',
  async run(scale) {
    await using server = await startPostgres(postgres.programs);
    await using upstream = await ScriptedUpstream.start();
    await using gateway = await GatewayProcess.start({ MCP_GATEWAY_DATABASE_URL: server.url });
    await register(gateway, 'busy', 'mcp-http', { url: upstream.url, era: 'modern' });
    const load = startLoad(gateway);
    for (let kill = 0; kill < KILLS[scale]; kill++) {
      await sleep(randomInt(LIFE_MS_MIN, LIFE_MS_MAX));
      await server.kill();
      await server.restart();
    }
    const { calls, failed } = await load.end();
    const drainedMs = await untilDrained(gateway);
    return [
      atLeast('kills of the database', KILLS[scale], 2),
      atLeast('acknowledged calls', calls.acknowledged.size, KILLS[scale] * LANES),
      atMost('calls that failed', failed, 0),
      atMost('back to drained, ms', drainedMs, DRAINED_MS_MAX),
      ...(await compareUsage(gateway, calls)),
    ];
  },
};

/** The database is away for a while: calls go on, the control plane says so, nothing is lost. */
export const databaseAway: Scenario = {
  ...postgres,
  name: 'database away',
  async run(scale) {
    await using server = await startPostgres(postgres.programs);
    await using upstream = await ScriptedUpstream.start();
    await using gateway = await GatewayProcess.start({ MCP_GATEWAY_DATABASE_URL: server.url });
    await register(gateway, 'busy', 'mcp-http', { url: upstream.url, era: 'modern' });
    const load = startLoad(gateway);
    await sleep(LIFE_MS_MIN);
    await server.kill();
    const before = load.acknowledged();
    const refusal = await askControlPlane(gateway);
    await sleep(AWAY_MS[scale]);
    const during = load.acknowledged() - before;
    await server.restart();
    const { calls, failed } = await load.end();
    const drainedMs = await untilDrained(gateway);
    return [
      atLeast('calls answered meanwhile', during, LANES * 10),
      atMost('calls that failed', failed, 0),
      atMost('control plane without 503', refusal.status === 503 ? 0 : 1, 0),
      atMost('503 without Retry-After', refusal.retryAfter === null ? 1 : 0, 0),
      atMost('back to drained, ms', drainedMs, DRAINED_MS_MAX),
      ...(await compareUsage(gateway, calls)),
    ];
  },
};

/** Calls in lanes, each with a name of its own, until it is told to end. */
function startLoad(access: Access) {
  const calls: Load = { sent: new Set(), acknowledged: new Set() };
  let isOver = false;
  let failed = 0;
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const name = `call-${calls.sent.size + 1}`;
      calls.sent.add(name);
      try {
        await callTool(access, 'busy', name, CALL_MS);
        calls.acknowledged.add(name);
      } catch {
        failed++;
      }
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  return {
    acknowledged: () => calls.acknowledged.size,
    end: async () => {
      isOver = true;
      await lanes;
      return { calls, failed };
    },
  };
}

async function askControlPlane({ url, apiKey }: Access) {
  const response = await fetch(`${url}/api/v1/usage/summary`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after') };
}

/** How long it takes until everything is in the database. */
async function untilDrained(access: Access): Promise<number> {
  const startMs = performance.now();
  while ((await askControlPlane(access)).status !== 200) {
    if (performance.now() - startMs > DRAINED_MS_MAX * 2) break;
    await sleep(100);
  }
  return performance.now() - startMs;
}
