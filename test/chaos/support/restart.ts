import { setTimeout as sleep } from 'node:timers/promises';
import { callTool } from './gateway-calls.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { timed } from './measure.ts';

const CALL_MS = 2_000;
const AGAIN_MS = 20;
const GIVE_UP_MS = 30_000;

/** A restart: how long until a call was answered well, and under which names it was tried. */
export interface Restart {
  readonly milliseconds: number;
  readonly tried: readonly string[];
}

/** Starts a killed gateway again and calls a service until it answers, each time by a new name. */
export async function restartUntilServed(
  gateway: GatewayProcess,
  service: string,
  name: string,
): Promise<Restart> {
  const tried: string[] = [];
  const attempt = async (): Promise<boolean> => {
    const marked = `${name}-${tried.length + 1}`;
    tried.push(marked);
    return callTool(gateway, service, marked, CALL_MS).then(
      () => true,
      () => false,
    );
  };
  const milliseconds = await timed(async () => {
    const deadlineMs = Date.now() + GIVE_UP_MS;
    await gateway.start();
    while (!(await attempt())) {
      if (Date.now() > deadlineMs) throw new Error('The gateway did not serve again');
      await sleep(AGAIN_MS);
    }
  });
  return { milliseconds, tried };
}
