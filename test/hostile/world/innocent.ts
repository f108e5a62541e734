import { setTimeout as sleep } from 'node:timers/promises';
import { modernBody, modernHeaders } from '../../chaos/support/gateway-calls.ts';

/**
 * A caller of its own, in a process of its own: it calls a tool every 100 ms whatever else goes on,
 * and says how it went when it is asked.
 */

/** How the innocent caller fared since it was asked last. */
export interface Fate {
  readonly calls: number;
  readonly failures: readonly string[];
  readonly slowestMs: number;
}

const PAUSE_MS = 100;
const LIMIT_MS = 10_000;
const [url = '', key = '', path = ''] = process.argv.slice(2);
let calls = 0;
let failures: string[] = [];
let slowestMs = 0;

async function call(): Promise<void> {
  const started = performance.now();
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: modernHeaders(key, 'tools/call', 'work'),
      body: modernBody('tools/call', { name: 'work', arguments: {} }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await response.text();
    if (response.status !== 200) failures.push(`${response.status} ${text.slice(0, 200)}`);
    else calls++;
  } catch (error) {
    failures.push(String(error));
  }
  slowestMs = Math.max(slowestMs, performance.now() - started);
}

process.on('message', () => {
  const fate: Fate = { calls, failures, slowestMs };
  process.send?.(fate);
  calls = 0;
  failures = [];
  slowestMs = 0;
});
process.on('disconnect', () => process.exit(0));

for (;;) {
  const next = sleep(PAUSE_MS);
  await call();
  await next;
}
