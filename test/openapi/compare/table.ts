import type { DocumentsScore } from './compare-documents.ts';
import type { WireScore } from './compare-wire.ts';
import type { EscapeScore } from './hostile-paths.ts';
import type { LargeScore } from './measure-peers.ts';

/** Everything measured of one converter; the first column of a table is this project's. */
export interface Column {
  readonly name: string;
  readonly documents: DocumentsScore;
  readonly givenWire: WireScore;
  readonly ownWire: WireScore;
  readonly escapes: EscapeScore;
  readonly large: LargeScore | undefined;
  readonly notes: readonly string[];
}

interface Row {
  readonly what: string;
  /** More is better, or less. */
  readonly better: 'more' | 'less';
  readonly value: (column: Column) => number | undefined;
  /** What the most can be, when all share it. */
  readonly of?: (column: Column) => number;
  readonly unit?: string;
}

const without = (what: string, fault: keyof DocumentsScore['without']): Row => ({
  what,
  better: 'more',
  value: ({ documents }) => documents.without[fault],
  of: ({ documents }) => documents.operations,
});

const fits = (profile: keyof DocumentsScore['fits']): Row => ({
  what: `… that fits ${profile}`,
  better: 'more',
  value: ({ documents }) => documents.fits[profile],
  of: ({ documents }) => documents.operations,
});

const accepted = (version: string): Row => ({
  what: `… of ${version}`,
  better: 'more',
  value: ({ documents }) => documents.accepted.get(version)?.right,
  of: ({ documents }) => documents.accepted.get(version)?.of ?? 0,
});

const declared = (what: string, value: (documents: DocumentsScore) => number): Row => ({
  what,
  better: 'more',
  value: ({ documents }) => value(documents),
  of: ({ documents }) => documents.parameters,
});

const large = (what: string, unit: string, value: (score: LargeScore) => number): Row => ({
  what: `GitHub REST: ${what}`,
  better: 'less',
  unit,
  value: ({ large: score }) => (score === undefined ? undefined : value(score)),
});

const sum = (documents: DocumentsScore, part: 'right' | 'of'): number =>
  [...documents.accepted.values()].reduce((total, each) => total + each[part], 0);

const rows: readonly Row[] = [
  {
    what: 'documents accepted',
    better: 'more',
    value: ({ documents }) => sum(documents, 'right'),
    of: ({ documents }) => sum(documents, 'of'),
  },
  accepted('2.0'),
  accepted('3.0'),
  accepted('3.1'),
  accepted('3.2'),
  {
    what: 'operations with a tool',
    better: 'more',
    value: ({ documents }) => documents.tools,
    of: ({ documents }) => documents.operations,
  },
  without('… whose schemas compile', 'schema_invalid'),
  without('… with no dangling $ref', 'reference_dangling'),
  without('… with an object at the root', 'root_not_object'),
  without('… with no combinator at the root', 'root_combinator'),
  without('… with no "nullable" left', 'nullable_left'),
  without('… with legal property keys', 'key_illegal'),
  without('… with a legal name', 'name_illegal'),
  without('… with a name of their own', 'duplicate'),
  without('… of at most 256 kB', 'too_large'),
  fits('anthropic'),
  fits('openai-strict'),
  fits('gemini'),
  fits('cursor'),
  declared('parameters present', ({ present }) => present),
  declared('parameters with their type', ({ typed }) => typed),
  {
    what: 'wire cases of the corpus right',
    better: 'more',
    value: ({ givenWire }) => givenWire.right,
    of: ({ givenWire }) => givenWire.of,
  },
  {
    what: 'wire cases of this repository right',
    better: 'more',
    value: ({ ownWire }) => ownWire.right,
    of: ({ ownWire }) => ownWire.of,
  },
  {
    what: 'path escapes let through',
    better: 'less',
    value: ({ escapes }) => escapes.escapes.length,
    of: ({ escapes }) => escapes.calls,
  },
  {
    what: 'GitHub REST: tools',
    better: 'more',
    value: ({ large: score }) => score?.tools,
  },
  large('file to list', 'ms', ({ ms }) => Math.round(ms)),
  large('memory', 'MB', ({ residentMegabytes }) => Math.round(residentMegabytes)),
  large('list', 'kB', ({ listBytes }) => Math.round(listBytes / 1000)),
];

/** The table as lines: one measure each, and whether the first column is ahead in it. */
export function tableOf(columns: readonly Column[]): readonly string[] {
  const [ours, ...others] = columns;
  if (ours === undefined) return [];
  const verdicts: string[] = [];
  const lines = rows
    .filter(({ of }) => of === undefined || of(ours) > 0)
    .map((row) => {
      const cells = columns.map((column) => cellOf(row, column).padStart(22));
      const verdict = verdictOf(row, ours, others);
      verdicts.push(verdict === 'behind' ? `behind: ${row.what}` : verdict);
      return `${row.what.padEnd(44)}${cells.join('')}  ${verdict}`;
    });
  const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
  const level = `level with the best in ${count('level')}`;
  const total = `ahead of all in ${count('ahead')} of ${lines.length}, ${level}`;
  const heads = columns.map(({ name }) => name.padStart(22)).join('');
  return [
    `${''.padEnd(44)}${heads}`,
    ...lines,
    total,
    ...verdicts.filter((verdict) => verdict.startsWith('behind')),
  ];
}

function cellOf({ value, of, unit = '' }: Row, column: Column): string {
  const number = value(column);
  if (number === undefined) return 'failed';
  return of === undefined ? `${number} ${unit}`.trim() : `${number}/${of(column)}`;
}

function verdictOf({ value, better }: Row, ours: Column, others: readonly Column[]): string {
  const own = value(ours);
  if (own === undefined) return 'behind';
  const gaps = others.map((other) => {
    const theirs = value(other);
    if (theirs === undefined) return 1;
    return better === 'more' ? own - theirs : theirs - own;
  });
  const smallest = Math.min(...gaps);
  if (smallest < 0) return 'behind';
  return smallest === 0 ? 'level' : 'ahead';
}
