import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Child } from './child.ts';
import { childEnvironment } from './child-environment.ts';
import { createMcpStdioConnector } from './connector.ts';
import { findSetpriv, spawnChild, type ChildPlan } from './spawn-child.ts';
import {
  fixturePath,
  openFixture,
  testContext,
  testIo,
  toolCall,
  toolText,
} from '../../../test/support/mcp-stdio/harness.ts';
import { processesWith, survivors } from '../../../test/support/mcp-stdio/processes.ts';

interface Started {
  readonly child: Child;
  readonly lines: string[];
  readonly ended: Promise<string>;
}

async function start(args: readonly string[], more: Partial<ChildPlan> = {}): Promise<Started> {
  const lines: string[] = [];
  let tell: (text: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const where = { environment: {}, cwd: '/', setpriv: undefined, stopMs: 50 };
  const plan = { file: process.execPath, args, ...where };
  const events = { line: (line: Buffer) => lines.push(line.toString('utf8')), ended: tell };
  return { child: await spawnChild({ ...plan, ...more }, events), lines, ended };
}

async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 5_000;
  while (!(await isDone()) && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a child', () => {
  it('sees only what it is given', async () => {
    const host = { PATH: '/bin', HOME: '/h', AWS_SECRET_ACCESS_KEY: 's', TZ: undefined };
    const secret = (name: string): Promise<string> => Promise.resolve(`<${name}>`);
    const environment = await childEnvironment(host, { KEY: 'a ${T} b ${U}' }, secret);
    assert.deepEqual(environment, { PATH: '/bin', HOME: '/h', KEY: 'a <T> b <U>' });
    const script = 'console.log(Object.keys(process.env).sort().join())';
    const { child, lines } = await start(['-e', script], { environment });
    await until(() => lines.length > 0);
    await child.stop();
    assert.deepEqual(lines, ['HOME,KEY,MCPGATEWAY_CHILD,PATH']);
  });

  it('is stopped with everything it started, even what left its group', async () => {
    const marker = randomUUID();
    const { child, lines } = await start([fixturePath('hostile-child.ts'), 'family'], {
      environment: { MARKER: marker },
      stopMs: limits.stdioStopMs / 5,
    });
    await until(() => lines.length > 0);
    await until(async () => (await processesWith(marker)).length === 3);
    assert.equal((await processesWith(marker)).length, 3);
    const startedMs = Date.now();
    await child.stop();
    assert.ok((Date.now() - startedMs) * 5 < 7_500);
    assert.ok(limits.stdioStopMs * 3 < 5_000);
    assert.deepEqual(await survivors(marker), []);
  });

  for (const [mode, text] of [
    ['giant-line', /longer line/],
    ['no-output', /closed its output/],
  ] as const) {
    it(`is given up when it misbehaves: ${mode}`, async () => {
      const { child, ended } = await start([fixturePath('hostile-child.ts'), mode]);
      assert.match(await ended, text);
      await child.stop();
    });
  }

  it('may write a line as long as allowed and not one byte more', async () => {
    for (const more of [0, 1]) {
      const script = `process.stdout.write('x'.repeat(${limits.stdioLineBytesMax + more}) + '\\n')`;
      const { child, lines, ended } = await start(['-e', script]);
      assert.match(await ended, more === 0 ? /ended with code 0/ : /longer line/);
      assert.equal(lines.length, 1 - more);
      await child.stop();
    }
  });

  it('may flood stderr without effect', async () => {
    const { child } = await start([fixturePath('hostile-child.ts'), 'stderr-flood']);
    await until(() => child.stderr.length === limits.stdioStderrBytesMax);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(child.stderr.length, limits.stdioStderrBytesMax);
    await child.stop();
  });

  it('that reads nothing is sent no more than the queue holds', async () => {
    const { child } = await start([fixturePath('hostile-child.ts'), 'deaf']);
    const line = 'x'.repeat(limits.stdioQueueBytesMax / 16);
    let taken = 0;
    while (taken < 64 && child.write(line)) taken++;
    assert.ok(taken >= 16 && taken <= 18, `took ${taken}`);
    await child.stop();
  });

  it('dies with a gateway that is killed', async (test) => {
    if ((await findSetpriv()) === undefined) {
      test.skip('this machine has no setpriv that can do it');
      return;
    }
    const marker = randomUUID();
    const url = new URL('spawn-child.ts', import.meta.url).href;
    const gateway = `
      const { spawnChild, findSetpriv } = await import(${JSON.stringify(url)});
      const plan = { file: process.execPath, args: ['-e', 'setInterval(()=>{},1e3)'], cwd: '/',
        environment: { MARKER: '${marker}' }, setpriv: await findSetpriv() };
      await spawnChild(plan, { line() {}, ended() {} });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', gateway], {
      stdio: 'ignore',
    });
    await until(async () => (await processesWith(marker)).length === 1);
    assert.equal((await processesWith(marker)).length, 1);
    const gone = new Promise((resolve) => parent.once('exit', resolve));
    parent.kill('SIGKILL');
    await gone;
    assert.deepEqual(await survivors(marker), []);
  });
});

describe('a stdio upstream', () => {
  it('leaves nothing behind after repeated starts and stops', { timeout: 60_000 }, async () => {
    const marker = randomUUID();
    const handlesBefore = process.getActiveResourcesInfo().length;
    for (let round = 0; round < 8; round++) {
      const { upstream } = await openFixture('modern-server.ts', [], { env: { MARKER: marker } });
      assert.equal(toolText(await upstream.request(toolCall('cancelled'), testIo())), '[]');
      await upstream[Symbol.asyncDispose]();
    }
    assert.deepEqual(await survivors(marker), []);
    assert.ok(process.getActiveResourcesInfo().length <= handlesBefore + 2);
  });

  it('fills secrets into the environment only', async () => {
    const connector = createMcpStdioConnector({ PATH: '/usr/bin:/bin' });
    const marker = randomUUID();
    const context = testContext({ TOKEN: marker });
    const config = connector.config.parse({
      command: process.execPath,
      args: [fixturePath('modern-server.ts')],
      env: { KEY: 'a ${TOKEN} b' },
    });
    const upstream = await connector.open(config, context);
    await upstream.request(toolCall('cancelled'), testIo());
    assert.equal((await processesWith(`KEY=a ${marker} b`)).length, 1);
    await upstream[Symbol.asyncDispose]();
  });

  it('says so when its command does not exist, and waits longer each time', async () => {
    const { upstream } = await openFixture('x', [], { command: 'no-such-command' });
    const texts: string[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const error: unknown = await upstream
        .request(toolCall('x'), testIo())
        .catch((one: unknown) => one);
      assert.ok(error instanceof GatewayError && error.code === 'upstream_unavailable');
      texts.push(error.message);
    }
    assert.match(texts[0] as string, /not found/);
    assert.match(texts[2] as string, /started again soon/);
    await upstream[Symbol.asyncDispose]();
  });

  it('refuses unknown keys and names that are no variables', () => {
    const { config } = createMcpStdioConnector({});
    assert.equal(config.safeParse({ command: 'a', shell: true }).success, false);
    assert.equal(config.safeParse({ command: 'a', env: { 'A=B': 'c' } }).success, false);
    assert.equal(config.safeParse({ command: 'a\0b' }).success, false);
    assert.equal(config.safeParse({ command: 'a' }).success, true);
  });
});

describe('a stdio upstream that is closed early', () => {
  it('waits for nothing: not for a probe, nor for calls', async () => {
    const { upstream } = await openFixture('legacy-server.ts', ['--ignore-discover']);
    const early = upstream.request(toolCall('echo'), testIo());
    const failed = assert.rejects(early);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedMs = Date.now();
    await upstream[Symbol.asyncDispose]();
    await failed;
    assert.ok(Date.now() - startedMs < limits.eraProbeMs / 2);
    await assert.rejects(upstream.request(toolCall('echo'), testIo()), { code: 'shutting_down' });
  });

  it('fails its calls at once', async () => {
    const { upstream } = await openFixture('modern-server.ts');
    const pending = upstream.request(toolCall('never'), testIo());
    await upstream.request(toolCall('cancelled'), testIo());
    const closing = upstream[Symbol.asyncDispose]();
    await assert.rejects(pending, { code: 'shutting_down' });
    await closing;
  });
});
