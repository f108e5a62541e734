import type { Repository, Violation } from './repository.ts';
import { codeRules } from './rules/code-rules.ts';
import { cycleRules } from './rules/cycle-rules.ts';
import { forbiddenWords } from './rules/forbidden-words.ts';
import { fileEdges, importRules } from './rules/import-rules.ts';
import { markdownRules, mentions } from './rules/markdown-rules.ts';
import { moneyRules } from './rules/money-rules.ts';
import { nameRules } from './rules/name-rules.ts';
import { documentedFolders, readmeRules } from './rules/readme-rules.ts';
import { sizeRules } from './rules/size-rules.ts';
import { tableRules } from './rules/table-rules.ts';

/** How much the rules had to look at; a check that saw nothing proves nothing. */
export interface Seen {
  readonly files: number;
  readonly sources: number;
  readonly functions: number;
  readonly exports: number;
  readonly fileEdges: number;
  readonly folderReadmes: number;
  readonly mentions: number;
}

/** Every rule's name for its group, and the rules in it. */
export const ruleGroups = {
  sizes: sizeRules,
  names: nameRules,
  imports: importRules,
  cycles: cycleRules,
  code: codeRules,
  money: moneyRules,
  words: forbiddenWords,
  readmes: readmeRules,
  markdown: markdownRules,
  table: tableRules,
} as const satisfies Readonly<Record<string, (repository: Repository) => Violation[]>>;

/** What the rules saw of a repository. */
export function countSeen({ files, sources, markdown }: Repository): Seen {
  const code = sources.filter(({ path, isTest }) => path.startsWith('src/') && !isTest);
  return {
    files: files.length,
    sources: sources.length,
    functions: sources.reduce((sum, { functions }) => sum + functions.length, 0),
    exports: code.reduce((sum, { exports }) => sum + exports.length, 0),
    fileEdges: fileEdges(sources).length,
    folderReadmes: documentedFolders(sources.map(({ path }) => path)).length,
    mentions: markdown.flatMap(mentions).length,
  };
}

/** Every violation of every rule. */
export function checkRepository(repository: Repository): Violation[] {
  return Object.values(ruleGroups).flatMap((rules) => rules(repository));
}

/** Violations as lines of text, one each, at most `linesMax` of them. */
export function describeViolations(violations: readonly Violation[], linesMax = 200): string {
  const lines = violations.map(({ rule, path, line, text }) => `${path}:${line} ${rule}: ${text}`);
  const hidden = lines.length - linesMax;
  return [...lines.slice(0, linesMax), ...(hidden > 0 ? [`… and ${hidden} more`] : [])].join('\n');
}
