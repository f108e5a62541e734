import { judge, ratiosOf } from './judge.ts';
import type { RunResult, ScenarioResult, SubjectResult } from './results.ts';

type Row = readonly string[];

const CALL_HEADINGS: Row = [
  'subject',
  'CPU µs/req',
  'calls/s per core',
  'calls/s seen',
  'core used',
  'p50 ms',
  'p99 ms',
  'p50 ms alone',
  'p99 ms alone',
  'RSS MB',
  'foreign',
];
const LISTEN_HEADINGS: Row = ['subject', 'streams', 'RSS MB', 'KB per stream'];

/** Writes a run as Markdown; its tables also read well on a terminal. */
export function renderReport(run: RunResult): string {
  const machine = `${run.cpuModel}, ${run.cores} cores, node ${run.node}`;
  const lines = [
    '# Side-by-side benchmark',
    '',
    `${run.date}, ${run.mode} run. ${machine}; ${run.pinning}.`,
    'CPU µs/req is the on-CPU time of all threads of the whole process tree, per request; ' +
      'calls/s per core is its inverse. "Alone" is one request at a time. ' +
      '"Foreign" is the share of the core that other processes used. ' +
      'All figures are medians of the quieter half of interleaved windows.',
    ...(run.mode === 'quick' ? ['', 'A quick run measures cold code: do not compare.'] : []),
    ...run.scenarios.flatMap((scenario) => ['', ...renderScenario(scenario)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Writes one scenario: its table, its ratios, its gates and who took no part. */
export function renderScenario(result: ScenarioResult): readonly string[] {
  const { scenario } = result;
  const isListen = scenario.load.kind === 'listen';
  const rows = result.subjects.map(isListen ? listenRow : callRow);
  const connections =
    scenario.load.kind === 'calls' ? `, ${scenario.load.connections} connections` : '';
  const ratios = ratiosOf(result).map(
    ({ numerator, denominator, value }) => `${numerator} / ${denominator} = ${fixed(value, 2)}`,
  );
  return [
    `## ${scenario.name}`,
    '',
    `${scenario.summary}${connections}.`,
    '',
    ...table(isListen ? LISTEN_HEADINGS : CALL_HEADINGS, rows),
    ...(ratios.length === 0 ? [] : ['', `CPU ratios: ${ratios.join(', ')}.`]),
    ...judge(result).flatMap(({ gate, outcome, ratio }) => [
      '',
      `Gate ${gate}: ${outcome}${ratio === undefined ? '' : ` (${fixed(ratio, 2)})`}.`,
    ]),
    ...result.leftOut.flatMap(({ name, why }) => ['', `Left out: ${name}, ${why}.`]),
  ];
}

function callRow({ name, calls }: SubjectResult): Row {
  if (calls === undefined) return [name];
  const { cpuMicros } = calls;
  const isMetered = cpuMicros !== undefined;
  return [
    name,
    isMetered ? fixed(cpuMicros, 1) : '-',
    isMetered ? fixed(1e6 / cpuMicros, 0) : '-',
    fixed(calls.requestsPerSecond, 0),
    isMetered ? percent((cpuMicros * calls.requestsPerSecond) / 1e6) : '-',
    fixed(calls.p50Ms, 2),
    fixed(calls.p99Ms, 2),
    fixed(calls.aloneP50Ms, 3),
    fixed(calls.aloneP99Ms, 3),
    isMetered ? fixed(calls.rssMegabytes, 0) : '-',
    isMetered ? percent(calls.foreignShare) : '-',
  ];
}

function listenRow({ name, listen }: SubjectResult): Row {
  if (listen === undefined) return [name];
  const { streams, rssMegabytes, kilobytesPerStream } = listen;
  return [name, fixed(streams, 0), fixed(rssMegabytes, 0), fixed(kilobytesPerStream, 1)];
}

function table(headings: Row, rows: readonly Row[]): readonly string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: Row): string => {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? '';
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${cells.join(' | ')} |`;
  };
  const rules = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(headings), `| ${rules.join(' | ')} |`, ...rows.map(line)];
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
