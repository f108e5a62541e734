import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Where the authorization server and the service that it protects are. */
export interface Addresses {
  readonly issuer: string;
  readonly resource: string;
  readonly origin: string;
}

/** Starts both as a process of their own, which ends with the stack. */
export async function startAccounts(stack: AsyncDisposableStack): Promise<Addresses> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', main];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'ignore'] });
  stack.defer(() => void child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) return JSON.parse(line) as Addresses;
  }
  throw new Error('The authorization server did not start');
}
