import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ownSets, scoreSearch } from '../openapi/evaluate-search.ts';
import { readSets } from './read-sets.ts';
import { scoreLearned, scoreSearches, timeQueries } from './score-more.ts';
import { scoreSet, type Score, type SetScore } from './score-set.ts';

/** The least recall@10 of each set, in percent. */
const RECALL_MIN: Readonly<Record<string, number>> = {
  livemcpbench: 50,
  restbench: 72,
  bfcl: 93,
  sealtools: 95,
  metatool: 74,
};
const POOL = 5_000;
const QUERY_MS_MAX = 5;
/** Questions about GitHub's operations whose right one is among the first five, in percent. */
const GITHUB_MIN = 90;

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const percent = (share: number): string => (100 * share).toFixed(1).padStart(5);

function writeScore(name: string, { queries, recall, gain }: Score): void {
  const recalls = ([1, 3, 5, 10] as const).map((most) => `R@${most} ${percent(recall[most])}`);
  write(
    [
      name.padEnd(30),
      `n ${String(queries).padStart(5)}`,
      ...recalls,
      `nDCG@10 ${percent(gain)}`,
    ].join('  '),
  );
}

function writeSet(score: SetScore): void {
  const { name, tools, whole, halves, splits, buildMs, queryMs } = score;
  write(
    `${name}: ${tools} tools, ${buildMs.toFixed(0)} ms to build, ${queryMs.toFixed(2)} ms a query`,
  );
  writeScore('  all', whole);
  writeScore('  half A of them', halves[0]);
  writeScore('  half B of them', halves[1]);
  if (splits.size > 1) for (const [split, own] of splits) writeScore(`  ${split}`, own);
}

function evaluate(folder: string, gate: boolean): void {
  const sets = readSets(folder);
  const failures: string[] = [];
  const hold = (isMet: boolean, what: string): void => {
    if (!isMet) failures.push(what);
  };
  for (const set of sets) {
    const score = scoreSet(set);
    writeSet(score);
    const least = RECALL_MIN[set.name];
    const reached = 100 * score.whole.recall[10];
    if (least !== undefined) {
      hold(reached >= least, `${set.name}: recall@10 ${reached.toFixed(1)}, not ${least}`);
    }
    const searched = scoreSearches(set);
    if (searched !== undefined) {
      const { tasks, searches, seen } = searched;
      const shares = ([3, 5, 10] as const).map((most) => `first ${most}: ${percent(seen[most])}`);
      write(`  ${searches} recorded searches of a model, ${tasks} tasks: ${shares.join('  ')}`);
    }
    for (const [count, learned] of scoreLearned(set) ?? []) {
      writeScore(`  ${count} confirmed uses a tool`, learned);
    }
  }
  const { ms, tools } = timeQueries(sets, POOL);
  write(`one pool of ${tools} tools: ${ms.toFixed(2)} ms a query`);
  hold(ms < QUERY_MS_MAX, `${ms.toFixed(2)} ms a query, not under ${QUERY_MS_MAX}`);
  const [github] = ownSets([]).map(scoreSearch);
  if (github !== undefined) {
    const { first, five, queries, size } = github;
    const shares = `top-1 ${percent(first / queries)}  top-5 ${percent(five / queries)}`;
    write(`GitHub's ${size} operations: ${shares} (n ${queries})`);
    hold(100 * five >= GITHUB_MIN * queries, `GitHub: top-5 under ${GITHUB_MIN}`);
  }
  hold(sets.length > 0, 'no set was found');
  if (!gate) return;
  for (const failure of failures) write(`below the bar: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

const { values, positionals } = parseArgs({
  options: { gate: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined || !existsSync(folder)) {
  write('usage: evaluate.ts [--gate] <folder of sets: <set>/tools.jsonl and queries.jsonl>');
  process.exitCode = 2;
} else {
  evaluate(folder, values.gate);
}
