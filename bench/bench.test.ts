import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  parseCoreBusyMs,
  parseResidentBytes,
  parseSchedstat,
  readTree,
  treeOf,
} from './cpu-meter.ts';
import { judge, passes, ratiosOf } from './judge.ts';
import { createLoad } from './load.ts';
import type { LoadResult } from './load-messages.ts';
import { parseOptions } from './options.ts';
import { summarizeProfile } from './profile.ts';
import { renderScenario } from './report.ts';
import type { CallFigures, ScenarioResult } from './results.ts';
import { loadScenarios, pickScenarios } from './scenarios.ts';
import type { ClientEra, Scenario, ToolName } from './scenario.ts';
import { median, percentile, quieterHalf } from './statistics.ts';
import { createUpstream } from './upstream.ts';
import { buildCall } from './wire.ts';

const isLinux = process.platform === 'linux';

test('median and percentile pick by rank', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile([1, 2, 3], 0.5), 2);
  assert.equal(percentile([7], 0.01), 7);
  assert.ok(Number.isNaN(median([])) && Number.isNaN(percentile([], 0.5)));
});

test('the quieter half is chosen by foreign load alone', () => {
  const windows = [0.4, 0, 0.2, 0.1, 0.3].map((foreignShare) => ({ foreignShare }));
  assert.deepEqual(
    quieterHalf(windows).map(({ foreignShare }) => foreignShare),
    [0, 0.1, 0.2],
  );
});

test("the meter reads the kernel's own figures", () => {
  assert.equal(parseSchedstat('45988413 50291976 155\n'), 45_988_413);
  assert.equal(parseResidentBytes('Name:\tnode\nVmRSS:\t  2048 kB\nThreads:\t7\n'), 2_097_152);
  const stat = 'cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 100 50 4 5 6 9 9\ncpu1 0 0 0 0 0 0 0 0 0 0\n';
  assert.equal(parseCoreBusyMs(stat, 0), (1 + 2 + 3 + 4 + 5 + 6) * 10);
  assert.ok(Number.isNaN(parseCoreBusyMs(stat, 7)));
});

test(
  'the meter counts work of this process and sees its children',
  { skip: !isLinux },
  async () => {
    const before = readTree(process.pid);
    const usage = process.cpuUsage();
    const spent = (): number => process.cpuUsage(usage).user + process.cpuUsage(usage).system;
    while (spent() < 30_000) Math.sqrt(spent());
    const after = readTree(process.pid);
    assert.ok(after.cpuNanos - before.cpuNanos >= 20_000_000);
    assert.ok(after.rssBytes > 1_000_000);
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    const seen = treeOf(process.pid);
    child.kill();
    await once(child, 'exit');
    assert.ok(seen.includes(child.pid ?? -1));
    assert.ok(!treeOf(process.pid).includes(child.pid ?? -1));
  },
);

test('a small call has the promised size and agrees with its headers', () => {
  const target = { host: 'here:1', path: '/modern/mcp', era: 'modern', headers: {} } as const;
  const { bytes, idOffset } = buildCall(target, 'echo');
  const [head = '', body = ''] = bytes.toString('latin1').split('\r\n\r\n');
  assert.equal(body.length, 492);
  assert.match(head, /Content-Length: 492$/);
  const message = JSON.parse(body) as { method: string; params: { name: string } };
  assert.ok(head.includes(`Mcp-Method: ${message.method}\r\nMcp-Name: ${message.params.name}\r\n`));
  assert.equal(bytes[idOffset - 1], ':'.charCodeAt(0));
});

for (const era of ['modern', 'legacy'] as const satisfies readonly ClientEra[])
  test(`load and upstream agree on every tool in the ${era} era`, async () => {
    const upstream = createUpstream();
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    const load = createLoad();
    const tools: readonly ToolName[] = ['echo', 'echo-64k', 'echo-1m', 'echo-sse'];
    for (const tool of tools) {
      const url = `http://127.0.0.1:${port}/${era}/mcp`;
      await load({ type: 'open', url, headers: [{}], era, tool, connections: 3 });
      const result = (await load({ type: 'run', until: { requests: 12 } })) as LoadResult;
      assert.deepEqual(result.errors, []);
      assert.equal(result.requests, 12);
      assert.ok(result.p50Ms > 0 && result.p99Ms >= result.p50Ms);
      await load({ type: 'close' });
    }
    upstream.close();
    await once(upstream, 'close');
  });

test('an answer of another status is an error of the run', async () => {
  const upstream = createUpstream();
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const load = createLoad();
  const url = `http://127.0.0.1:${port}/legacy/mcp`;
  // The modern call carries no session, so the legacy endpoint refuses it.
  const opened = { headers: [{}], era: 'modern', tool: 'echo', connections: 1 } as const;
  await load({ type: 'open', url, ...opened });
  const result = (await load({ type: 'run', until: { requests: 5 } })) as LoadResult;
  assert.deepEqual(result.errors, ['answered with status 400']);
  await load({ type: 'close' }).catch(() => undefined);
  upstream.close();
  await once(upstream, 'close');
});

test('every scenario file is loaded, and the default set is what it was', async () => {
  const all = await loadScenarios();
  assert.ok(all.length >= 9);
  assert.deepEqual(
    pickScenarios(all, []).map(({ name }) => name),
    ['legacy-small', 'modern-1m', 'modern-64k', 'modern-small'],
  );
  assert.throws(() => pickScenarios(all, ['absent']), /unknown scenario absent/);
});

function resultWith(costs: Readonly<Record<string, number>>): ScenarioResult {
  const figures = { requestsPerSecond: 1, p50Ms: 1, p99Ms: 1, aloneP50Ms: 1, aloneP99Ms: 1 };
  const rest = { rssMegabytes: 1, foreignShare: 0, cpuMicrosOfWindows: [] };
  const scenario: Scenario = {
    name: 'planted',
    summary: 'planted',
    inDefaultSet: false,
    client: 'modern',
    upstream: 'modern',
    load: { kind: 'calls', tool: 'echo', connections: 1, warmupRequests: 1 },
    gates: [
      { numerator: 'gateway', denominator: 'nginx', atMost: 3.3 },
      { numerator: 'sdk-proxy', denominator: 'gateway', atLeast: 12 },
    ],
  };
  const subjects = Object.entries(costs).map(([name, cpuMicros]) => {
    const calls: CallFigures = { ...figures, ...rest, cpuMicros };
    return { name, calls };
  });
  return { scenario, subjects, leftOut: [] };
}

test('gates are met at their bound, missed beyond it, and not judged without both subjects', () => {
  const outcomes = (costs: Readonly<Record<string, number>>): readonly string[] =>
    judge(resultWith(costs)).map(({ outcome }) => outcome);
  const atBounds = { nginx: 10, gateway: 33, 'sdk-proxy': 396 };
  assert.deepEqual(outcomes(atBounds), ['met', 'met']);
  assert.deepEqual(outcomes({ ...atBounds, gateway: 34 }), ['missed', 'missed']);
  assert.deepEqual(outcomes({ gateway: 33, 'sdk-proxy': 396 }), ['not judged', 'met']);
  assert.ok(passes(judge(resultWith({ gateway: 33, 'sdk-proxy': 396 }))));
  assert.ok(!passes(judge(resultWith({ nginx: 1, gateway: 33, 'sdk-proxy': 396 }))));
  assert.ok(!passes(judge(resultWith({ nginx: 1 }))));
  assert.deepEqual(ratiosOf(resultWith({ nginx: 10, gateway: 25 })), [
    { numerator: 'gateway', denominator: 'nginx', value: 2.5 },
  ]);
  assert.ok(renderScenario(resultWith(atBounds)).some((line) => line.startsWith('| gateway')));
});

test('self time is summed per function between two moments, idle time apart', () => {
  const frame = (
    functionName: string,
  ): { functionName: string; url: string; lineNumber: number } => ({
    functionName,
    url: '',
    lineNumber: 0,
  });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('busy') },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('busy') },
    ],
    startTime: 1000,
    samples: [1, 2, 3, 1],
    timeDeltas: [0, 10, 20, 30],
  };
  assert.deepEqual(summarizeProfile(profile), {
    busyMicros: 40,
    idleMicros: 20,
    functions: [{ label: 'busy', micros: 40 }],
    files: [{ label: '(native)', micros: 40 }],
  });
  assert.equal(summarizeProfile(profile, 1020).busyMicros, 30);
});

test('the command line is read strictly', () => {
  const options = parseOptions(['--quick', '--scenario', 'stdio', '--rounds', '3']);
  assert.equal(options.depth.mode, 'quick');
  assert.equal(options.depth.rounds, 3);
  assert.deepEqual(options.scenarios, ['stdio']);
  assert.throws(() => parseOptions(['--fast']));
  assert.throws(() => parseOptions(['--rounds', 'x']));
});
