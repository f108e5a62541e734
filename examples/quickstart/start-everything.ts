import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Children } from '../support/children.ts';

const START_MS = 30_000;

/** The running gateway, and where the example servers are. */
export interface RunningQuickstart {
  readonly url: string;
  readonly apiKey: string;
  readonly ordersUrl: string;
  readonly roomsUrl: string;
  readonly dataDir: string;
}

/** Starts gateway and example servers side by side. */
export async function startEverything(
  children: Children,
  options: { readonly port: string; readonly dataDir: string },
): Promise<RunningQuickstart> {
  const dataDir = resolve(options.dataDir);
  const keyFile = join(dataDir, 'quickstart.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const example = (name: string, ...args: string[]) =>
    children.start({
      name: `The example server ${name}`,
      args: [file(`../${name}/server.ts`), '--port=0', '--with-parent', ...args],
      readyEvent: 'listening',
      timeoutMs: START_MS,
    });
  const [url, ordersUrl, roomsUrl] = await Promise.all([
    children.start({
      name: 'The gateway',
      args: [
        file('../../src/main.ts'),
        'serve',
        '--with-parent',
        '--allow-loopback',
        '--host=127.0.0.1',
        `--port=${options.port}`,
        `--data-dir=${join(dataDir, 'gateway')}`,
        '--log-format=json',
        '--log-level=warn',
        '--set=shutdown.drainMs=3000',
        '--set=billing.demoPlan=true',
        '--set=chat.demoModel=true',
      ],
      readyEvent: 'gateway.listening',
      timeoutMs: START_MS,
      // Kept at once: the key is shown only once, even when the gateway cannot listen.
      onEvent: ({ event, apiKey }) => {
        if (event !== 'first_admin') return;
        writeFileSync(keyFile, `${String(apiKey)}\n`, { mode: 0o600 });
        chmodSync(keyFile, 0o600);
      },
    }),
    example('orders-api', `--data=${join(dataDir, 'orders.sqlite')}`),
    example('modern-server'),
  ]);
  if (!existsSync(keyFile)) {
    throw new Error(
      `${dataDir} has no key of a run before; remove it or choose another --data-dir.`,
    );
  }
  const apiKey = readFileSync(keyFile, 'utf8').trim();
  return { url, apiKey, ordersUrl, roomsUrl, dataDir };
}

function file(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
