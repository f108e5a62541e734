import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  ownSets,
  readRestBench,
  readToolSets,
  scoreSearch,
  type SearchScore,
  type SearchSet,
} from './evaluate-search.ts';
import type { CorpusDocument } from './read-corpus.ts';

/**
 * Writes how well the mode `search` finds operations (A11): over the questions of this folder, and
 * over `restbench` and `toolsearch` where a folder holds them.
 */
export function writeSearchScores(
  documents: readonly CorpusDocument[],
  folder: string,
  write: (line: string) => void,
): void {
  const [apis, tools] = [join(folder, 'restbench'), join(folder, 'toolsearch')];
  const own = ownSets(documents).map(scoreSearch);
  const others: readonly SearchSet[] = [
    ...(existsSync(apis) ? readRestBench(apis) : []),
    ...(existsSync(tools) ? readToolSets(tools) : []),
  ];
  const sum = (of: (score: SearchScore) => number): number =>
    own.reduce((all, score) => all + of(score), 0);
  for (const score of own) writeScore(score, write);
  writeScore(
    {
      name: 'own questions',
      size: sum(({ size }) => size),
      queries: sum(({ queries }) => queries),
      first: sum(({ first }) => first),
      five: sum(({ five }) => five),
      recall:
        sum(({ recall, queries }) => recall * queries) /
        Math.max(
          1,
          sum((it) => it.queries),
        ),
      unsatisfiable: sum(({ unsatisfiable }) => unsatisfiable),
      answered: sum(({ answered }) => answered),
      buildMs: sum(({ buildMs }) => buildMs),
      queryMs: sum(({ queryMs }) => queryMs) / Math.max(1, own.length),
    },
    write,
  );
  for (const set of others) writeScore(scoreSearch(set), write);
}

function writeScore(score: SearchScore, write: (line: string) => void): void {
  const { name, size, queries, first, five, recall, unsatisfiable, answered } = score;
  const percent = (part: number, whole: number): string =>
    whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
  write(
    [
      `A11  ${name.padEnd(20)}`,
      `top-1 ${percent(first, queries)}`,
      `top-5 ${percent(five, queries)}`,
      `recall@5 ${percent(recall, 1)}`,
      `answered in vain ${percent(answered, unsatisfiable)}`,
      `(${queries} + ${unsatisfiable} questions, ${size} tools,`,
      `${score.buildMs.toFixed(0)} ms to build, ${score.queryMs.toFixed(2)} ms a question)`,
    ].join('  '),
  );
}
