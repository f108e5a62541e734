import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { processesWith, survivors } from '../support/mcp-stdio/processes.ts';
import { atLeast, atMost, type Finding, type Scale, type Scenario } from './finding.ts';
import { callApi, callTool, register } from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { residentMegabytes, slopeOf } from './support/measure.ts';

const CHILD = fileURLToPath(new URL('support/small-child.ts', import.meta.url));
const CALL_MS = 20_000;
const LANES = 2;
/** Growth over as many cycles again, in megabytes, that is not taken for a leak. */
const GROWTH_MAX = 24;

/**
 * V8 enlarges its young generation at moments of its own choosing, by up to 80 MB at once; with a
 * small one, what grows is what is kept.
 */
const STEADY_HEAP = '--max-semi-space-size=2';

const plans: Readonly<Record<Scale, { readonly cycles: number; readonly sampleEvery: number }>> = {
  full: { cycles: 1_000, sampleEvery: 10 },
  smoke: { cycles: 4, sampleEvery: 1 },
};

/** Stdio services are started, called and removed again and again. */
export const stdioCycles: Scenario = {
  name: 'stdio start and stop',
  async run(scale): Promise<readonly Finding[]> {
    const { cycles, sampleEvery } = plans[scale];
    const marker = randomUUID();
    await using gateway = await GatewayProcess.start({ NODE_OPTIONS: STEADY_HEAP });
    const config = { command: process.execPath, args: [CHILD], env: { MARKER: marker } };
    const memory: [number, number][] = [];
    let begun = 0;
    let calls = 0;
    const lane = async (): Promise<void> => {
      while (begun < cycles) {
        begun++;
        const cycle = begun;
        const slug = `cycle-${cycle}`;
        await register(gateway, slug, 'mcp-stdio', config);
        await callTool(gateway, slug, 'work', CALL_MS);
        calls++;
        await callApi(gateway, 'DELETE', `/services/${slug}`);
        if (cycle % sampleEvery === 0) {
          memory.push([cycle, await residentMegabytes(gateway.processId)]);
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const left = await survivors(marker);
    // The first half fills caches and the heap.
    const settled = memory.filter(([cycle]) => cycle > cycles / 2);
    const growth = slopeOf(settled) * cycles;
    return [
      atLeast('cycles with a good call', calls, cycles),
      atMost('processes left', left.length, 0),
      ...(scale === 'full' ? [atMost('growth of memory, MB', growth, GROWTH_MAX)] : []),
    ];
  },
};

const KILL_SERVICES: Readonly<Record<Scale, number>> = { full: 12, smoke: 2 };
const ORPHAN_MS = 5_000;

/** A gateway is killed while children of it run, each with a child that left its session. */
export const killedWithChildren: Scenario = {
  name: 'killed with children',
  async run(scale): Promise<readonly Finding[]> {
    const services = KILL_SERVICES[scale];
    const marker = randomUUID();
    await using gateway = await GatewayProcess.start();
    const env = { MARKER: marker };
    const config = { command: process.execPath, args: [CHILD, 'family'], env };
    for (let index = 0; index < services; index++) {
      await register(gateway, `family-${index}`, 'mcp-stdio', config);
      await callTool(gateway, `family-${index}`, 'work', CALL_MS);
    }
    const before = await processesWith(marker);
    await gateway.kill();
    const deadlineMs = Date.now() + ORPHAN_MS;
    let left = await survivors(marker);
    while (left.length > 0 && Date.now() < deadlineMs) left = await survivors(marker);
    for (const processId of left) process.kill(processId, 'SIGKILL');
    return [
      atLeast('processes before', before.length, 2 * services),
      atMost('processes left 5 s after', left.length, 0),
    ];
  },
};
