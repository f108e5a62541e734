import { exceptions } from './exceptions.ts';
import { judge, operations, unusedExceptions, type Cell, type Verdict } from './judge.ts';
import { services } from './services.ts';

const letters = { list: 'L', call: 'C', elicit: 'E' } as const;
const NAME_WIDTH = 56;

/** Says what the letters of the matrix mean. */
export function heading(): string {
  const upstreams = services.map(
    ({ slug, title, era }) => `  ${slug.padEnd(16)} ${title} (${era})`,
  );
  return [
    'Upstreams:',
    ...upstreams,
    '',
    'L lists the tools, C calls one, E answers the question of one that asks its user;',
    '- cannot (the reasons are below), ! wrong; most services ask nothing.',
    '',
    row(
      '',
      services.map(({ slug }) => slug),
    ),
  ].join('\n');
}

/** The line of one client at one endpoint. */
export function matrixRow(cells: readonly Cell[]): string {
  const [first] = cells;
  if (first === undefined) return '';
  const shown = services.map(({ slug }) =>
    operations
      .map((operation) => {
        const cell = cells.find((one) => one.service === slug && one.operation === operation);
        if (cell === undefined) return ' ';
        return mark(judge(cell, exceptions), letters[operation]);
      })
      .join(''),
  );
  return row(`${first.client} (${first.mode}) ${first.endpoint}`, shown);
}

/** Prints the reasons and what is wrong; true when nothing is. */
export function printVerdict(cells: readonly Cell[], problems: readonly string[]): boolean {
  const reasons = new Map<string, number>();
  const wrong: string[] = [...problems];
  let works = 0;
  for (const cell of cells) {
    const verdict = judge(cell, exceptions);
    if (verdict.kind === 'works') works += 1;
    if (verdict.kind === 'excused') {
      const reason = `${cell.client}, ${cell.operation}: ${verdict.reason}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    if (verdict.kind === 'wrong') wrong.push(`${placeOf(cell)}: ${verdict.problem}`);
  }
  for (const { client, operation, reason } of unusedExceptions(cells, exceptions)) {
    wrong.push(`an exception names no cell: ${client}, ${operation}: ${reason}`);
  }
  const excused = [...reasons.values()].reduce((total, count) => total + count, 0);
  console.log('');
  for (const [reason, count] of reasons) console.log(`cannot (${count}) ${reason}`);
  for (const problem of wrong) console.log(`WRONG ${problem}`);
  console.log(
    `${works} of ${cells.length} cells work, ${excused} cannot, ${wrong.length} are wrong.`,
  );
  return wrong.length === 0;
}

function placeOf({ client, mode, endpoint, service, operation }: Cell): string {
  return `${client} (${mode}) ${endpoint.replace('{service}', service)}, ${service} ${operation}`;
}

function mark({ kind }: Verdict, letter: string): string {
  if (kind === 'works') return letter;
  return kind === 'excused' ? '-' : '!';
}

function row(name: string, columns: readonly string[]): string {
  const width = Math.max(...services.map(({ slug }) => slug.length)) + 1;
  const shown = columns.map((text) => text.padEnd(width)).join('');
  return `${name.padEnd(NAME_WIDTH)}${shown}`.trimEnd();
}
