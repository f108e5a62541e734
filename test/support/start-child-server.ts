import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own. */
export interface ChildServer<Greeting> extends AsyncDisposable {
  readonly greeting: Greeting;
}

/** Runs a module in its own process and waits for the message that says it is listening. */
export async function startChildServer<Greeting>(
  module: URL,
  args: readonly string[] = [],
): Promise<ChildServer<Greeting>> {
  const child = fork(module, args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: 'pipe',
  });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]) => {
    throw new Error(`${module.pathname} ended early with ${String(code)}`);
  });
  failed.catch(() => {});
  const [greeting] = (await Promise.race([once(child, 'message'), failed])) as [Greeting];
  return {
    greeting,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
