import { readFileSync } from 'node:fs';
import { evaluateVectors, type Outcome } from './evaluate-vectors.ts';
import { readVectors } from './read-vectors.ts';

const write = (line: string): void => void process.stdout.write(`${line}\n`);

/** Prints how many of each kind are right, then what is wrong or has no words, and why. */
function report(outcomes: readonly Outcome[]): void {
  const count = (some: readonly Outcome[], verdict: Outcome['verdict']): number =>
    some.filter((outcome) => outcome.verdict === verdict).length;
  const row = (name: string, some: readonly Outcome[]): void =>
    write(
      [
        name.padEnd(22),
        String(some.length).padStart(5),
        String(count(some, 'right')).padStart(6),
        String(count(some, 'wrong')).padStart(6),
        String(count(some, 'cannot')).padStart(15),
      ].join(''),
    );
  write(`${'kind'.padEnd(22)}  all right wrong cannot express`);
  for (const [kind, some] of Map.groupBy(outcomes, ({ vector }) => vector.kind)) row(kind, some);
  row('all', outcomes);
  for (const verdict of ['wrong', 'cannot'] as const) {
    for (const { vector, reasons } of outcomes.filter((one) => one.verdict === verdict)) {
      const what = verdict === 'wrong' ? 'wrong' : 'cannot express';
      for (const reason of reasons) write(`${what}  ${vector.id}  ${reason}`);
    }
  }
}

/** Returns the exit code: 0 nothing is wrong, 1 something is, 2 the file cannot be read. */
function main(file: string | undefined): number {
  if (file === undefined) {
    write('Say which file: npm run eval:billing -- vectors.jsonl');
    return 2;
  }
  try {
    const outcomes = evaluateVectors(readVectors(readFileSync(file, 'utf8')));
    report(outcomes);
    return outcomes.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
  } catch (error) {
    write(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

process.exitCode = main(process.argv[2]);
