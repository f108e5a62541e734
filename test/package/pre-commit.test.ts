import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cloneCheckout, cloneProblem } from './clone-checkout.ts';
import { userEnvironment } from './user-environment.ts';

const TRIAL_MS = 240_000;
/** What the hook may take on two free processors. A clock would show what else the machine does. */
const HOOK_SECONDS = 30;
const PROCESSORS = 2;
const CLEAN_FILE = join('src', 'kernel', 'limits.ts');

describe('the hook before a commit', { skip: cloneProblem() }, () => {
  let home: string;
  let clone: string;
  before(
    async () => {
      home = await mkdtemp(join(tmpdir(), 'mcp-gateway-hook-'));
      clone = join(home, 'clone');
      await cloneCheckout(clone);
    },
    { timeout: TRIAL_MS },
  );
  after(() => rm(home, { recursive: true, force: true }));

  const git = (...words: readonly string[]) =>
    spawnSync('git', words, { cwd: clone, env: userEnvironment(), encoding: 'utf8' });
  /** Commits everything; the last line on stderr is the processor time it took. */
  const commit = (subject: string) => {
    const script = 'git commit --quiet --all -m "$1"; status=$?; times >&2; exit $status';
    const { status, stderr } = spawnSync('bash', ['-c', script, 'commit', subject], {
      cwd: clone,
      env: userEnvironment(),
      encoding: 'utf8',
    });
    const spent = stderr.trimEnd().split('\n').at(-1) ?? '';
    const seconds = [...spent.matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
    );
    return { status, stderr, seconds: seconds.reduce((sum, each) => sum + each, 0) };
  };
  const head = (): string => git('rev-parse', 'HEAD').stdout.trim();

  test('is set in a checkout, and only there', async () => {
    assert.equal(git('config', 'core.hooksPath').stdout.trim(), '.githooks');
    const elsewhere = join(home, 'unpacked');
    await mkdir(elsewhere);
    await cp(join(clone, '.githooks'), join(elsewhere, '.githooks'), { recursive: true });
    const enable = (environment: Readonly<Record<string, string>>) =>
      spawnSync('/bin/sh', ['.githooks/enable'], { cwd: elsewhere, env: environment });
    assert.equal(enable(userEnvironment()).status, 0);
    await mkdir(join(elsewhere, '.git'));
    assert.equal(enable({ PATH: join(home, 'no-programs') }).status, 0);
    assert.equal(enable(userEnvironment()).status, 0, 'a folder that git does not know');
  });

  test('refuses a line of 101 columns, lets one of 100 pass', { timeout: TRIAL_MS }, async (t) => {
    const before = head();
    await appendFile(join(clone, CLEAN_FILE), `// ${'x'.repeat(98)}\n`);
    const refused = commit('Long line');
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /src\/kernel\/limits\.ts:\d+ [\w-]+: .*101/);
    assert.match(refused.stderr, /Not committed: /);
    assert.equal(head(), before);

    assert.equal(git('checkout', '--', CLEAN_FILE).status, 0);
    await appendFile(join(clone, CLEAN_FILE), `// ${'x'.repeat(97)}\n`);
    const { status, stderr, seconds } = commit('Line that fits');
    assert.equal(status, 0, stderr);
    assert.notEqual(head(), before);
    t.diagnostic(`a commit takes ${seconds.toFixed(1)} s of processor time`);
    assert.ok(seconds > 1, 'nothing was checked');
    assert.ok(seconds / PROCESSORS <= HOOK_SECONDS, `${seconds} s`);
  });
});
