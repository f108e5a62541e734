import { spawn, type ChildProcess } from 'node:child_process';
import { platform } from 'node:os';
import { killQuietly, ownTagPrefix } from './process-tag.ts';

/**
 * Waits for the gateway's end of its input to close. A word before that means that there is
 * nothing left to guard; without one the gateway was killed, and what it started is ended too.
 */
const SCRIPT = `
read -r word && exit 0
for round in 1 2 3 4 5; do
  found=$(grep -lsF "$1" /proc/[0-9]*/environ)
  [ -z "$found" ] && exit 0
  for path in $found; do
    id=\${path#/proc/}
    kill -9 "\${id%/environ}" 2>/dev/null
  done
done
`;

/**
 * A process of its own, a shell that waits, which outlives a killed gateway for as long as it
 * takes to end the descendants that left their session. Runs while somebody holds it.
 */
export class Guardian {
  #process: ChildProcess | undefined;
  #holders = 0;

  /** The guarding process, or undefined while there is none. */
  get processId(): number | undefined {
    return this.#process?.pid;
  }

  /** Call before the first child starts; every hold needs its release. */
  async hold(): Promise<void> {
    this.#holders++;
    if (this.#holders > 1 || platform() !== 'linux') return;
    const prefix = await ownTagPrefix();
    // Released meanwhile, or unable to tell its own children from those of others.
    if (this.#holders === 0 || this.#process !== undefined || prefix === undefined) return;
    const guard = spawn('/bin/sh', ['-c', SCRIPT, 'mcp-gateway-guardian', prefix], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin' },
    });
    // Without a shell there is no guard; the next gateway ends what was left behind.
    guard.once('error', () => {});
    guard.stdin.on('error', () => {});
    guard.unref();
    this.#process = guard;
  }

  /** Call when every child of the holder has ended. */
  release(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    const guard = this.#process;
    this.#process = undefined;
    if (guard?.stdin === undefined || guard.stdin === null) return;
    const { pid, stdin } = guard;
    stdin.end('done\n', () => {
      if (pid !== undefined) killQuietly(pid);
    });
  }
}
