import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How often each scenario was seen, by its name. */
export type Report = Readonly<Record<string, number>>;

/** The categories of the server's report that this project's suites belong to. */
export const categories = ['vanilla', 'optional'] as const;

/** The reference server, running in a process of its own. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** What was reached since the last `clear`. */
  report(): Promise<Report>;
  clear(): Promise<void>;
}

const MODULE = new URL('./test-server.ts', import.meta.url);

/** Starts the reference server on a free port of loopback; its files are removed with it. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'autorest-'));
  const child = fork(MODULE, [folder], {
    execArgv: ['--no-deprecation', '--disable-warning=ExperimentalWarning'],
    // It writes a line for every step of every request; nobody reads them.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]) => {
    throw new Error(`the reference server ended early with ${String(code)}`);
  });
  failed.catch(() => {});
  const [greeting] = await Promise.race([once(child, 'message'), failed]);
  const url = `http://127.0.0.1:${(greeting as { port: number }).port}`;
  return {
    url,
    async report() {
      const parts = await Promise.all(
        categories.map(async (name) => (await fetch(`${url}/report/${name}`)).json()),
      );
      return Object.assign({}, ...parts) as Report;
    },
    async clear() {
      await (await fetch(`${url}/report/clear`, { method: 'POST' })).arrayBuffer();
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
