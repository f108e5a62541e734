import { execFile, spawn } from 'node:child_process';
import { GatewayError } from '../../kernel/errors.ts';
import { Child, type ChildEvents } from './child.ts';
import { newTag } from './process-tag.ts';

/** What to start; paths are absolute, the environment is complete. */
export interface ChildPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** The helper that ties the child's life to the gateway's, from `findSetpriv`. */
  readonly setpriv: string | undefined;
  /** How long each step of a stop may take; `limits.stdioStopMs` when absent. */
  readonly stopMs?: number;
}

/** How long the helper may take to show that it works. */
const CHECK_MS = 2_000;

/**
 * Starts a child in a process group of its own, without a shell. The only door to
 * children in the house. Throws GatewayError `upstream_unavailable`.
 */
export async function spawnChild(plan: ChildPlan, events: ChildEvents): Promise<Child> {
  const tag = await newTag();
  const { file, args, setpriv } = plan;
  const tied = ['--pdeathsig', 'KILL', '--', file, ...args];
  try {
    const child = spawn(setpriv ?? file, setpriv === undefined ? args : tied, {
      cwd: plan.cwd,
      env: { ...plan.environment, [tag.name]: tag.value },
      detached: true,
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    return new Child(child, tag.value, events, plan.stopMs);
  } catch (cause) {
    throw new GatewayError('upstream_unavailable', undefined, { cause });
  }
}

/**
 * Finds util-linux's setpriv, with which a child dies with the gateway even when the gateway is
 * killed. Undefined where there is none, or one that cannot do it.
 */
export async function findSetpriv(): Promise<string | undefined> {
  for (const path of ['/usr/bin/setpriv', '/bin/setpriv']) {
    const works = await new Promise<boolean>((resolve) => {
      const args = ['--pdeathsig', 'KILL', '--', '/bin/true'];
      execFile(path, args, { timeout: CHECK_MS, env: {} }, (error) => resolve(error === null));
    });
    if (works) return path;
  }
  return undefined;
}
