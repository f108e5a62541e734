import { execFile, spawnSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { userEnvironment } from './user-environment.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Why this checkout cannot be cloned, or false when it can. */
export function cloneProblem(): string | false {
  const { status } = spawnSync('git', ['rev-parse', '--git-dir'], { cwd: ROOT });
  return status === 0 ? false : 'this is not a git checkout';
}

/** Clones the checkout as it was last committed, with its packages, as npm would have left it. */
export async function cloneCheckout(folder: string): Promise<void> {
  const run = promisify(execFile);
  const env = userEnvironment();
  await run('git', ['clone', '--quiet', '--no-hardlinks', '--depth=1', `file://${ROOT}`, folder], {
    env,
  });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // What git does for the person who sits here is not to be tried.
  for (const [key, value] of [
    ['user.name', 'test'],
    ['user.email', 'test@example.com'],
    ['commit.gpgsign', 'false'],
  ] as const) {
    await run('git', ['config', key, value], { cwd: folder, env });
  }
  await run('sh', ['.githooks/enable'], { cwd: folder, env });
}
