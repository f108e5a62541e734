import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { atLeast, atMost, type Finding, type Scale, type Scenario } from './finding.ts';
import { callApi, callTool, register } from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { restartUntilServed } from './support/restart.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';

const ROUNDS: Readonly<Record<Scale, number>> = { full: 20, smoke: 2 };
const LANES = 8;
const LIFE_MS_MIN = 100;
const LIFE_MS_MAX = 1_500;
const RESTART_MS_MAX = 3_000;
const CALL_MS = 5_000;

/** The names of tools called, and whether the answer came. */
interface Load {
  readonly acknowledged: Set<string>;
  readonly sent: Set<string>;
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

/** How often each tool is in the usage records. */
async function usedTools(gateway: GatewayProcess): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  let cursor = '';
  for (;;) {
    const page: JsonObject = await callApi(gateway, 'GET', `/api/v1/usage?limit=500${cursor}`);
    const records = page['records'] as readonly JsonObject[];
    for (const record of records) {
      const tool = stringMember(record, 'tool');
      if (tool !== undefined) used.set(tool, (used.get(tool) ?? 0) + 1);
    }
    const next = stringMember(page, 'nextCursor');
    if (next === undefined) return used;
    cursor = `&cursor=${next}`;
  }
}

/** A gateway is killed at random moments under load and started again. */
export const killUnderLoad: Scenario = {
  name: 'killed under load',
  async run(scale): Promise<readonly Finding[]> {
    const rounds = ROUNDS[scale];
    await using upstream = await ScriptedUpstream.start();
    await using gateway = await GatewayProcess.start();
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
    const used = await usedTools(gateway);
    const lost = [...calls.acknowledged].filter((name) => !used.has(name)).length;
    const twice = [...used.values()].filter((times) => times > 1).length;
    const unknown = [...used.keys()].filter((name) => !calls.sent.has(name)).length;
    return [
      atLeast('rounds', restartsMs.length, rounds),
      atLeast('acknowledged calls', calls.acknowledged.size, rounds * LANES),
      atMost('acknowledged and not in usage', lost, 0),
      atMost('in usage more than once', twice, 0),
      atMost('in usage and never sent', unknown, 0),
      atMost('slowest restart to a good call, ms', Math.max(...restartsMs), RESTART_MS_MAX),
    ];
  },
};
