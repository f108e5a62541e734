import type { Repository, Violation } from '../repository.ts';
import type { SourceFile } from '../source-file.ts';

/** The sizes of the house; lines are counted as an editor shows them. */
export const sizes = {
  fileLinesMax: 400,
  fileLinesMedianMax: 120,
  fileLinesP90Max: 300,
  functionLinesMax: 70,
  lineColumnsMax: 100,
  folderFilesMax: 25,
} as const;

/** Groups of tests are not functions in the sense of the rule; each test in them is. */
const groups = new Set(['describe', 'suite']);

/** The value below which `share` of the sorted numbers lie. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function fileSize({ path, lines }: SourceFile): Violation[] {
  const text = `${lines.length} lines; at most ${sizes.fileLinesMax}`;
  return lines.length > sizes.fileLinesMax ? [{ rule: 'file-lines', path, line: 1, text }] : [];
}

function functionSizes({ path, functions }: SourceFile): Violation[] {
  return functions
    .filter(({ lines }) => lines > sizes.functionLinesMax)
    .filter(({ argumentOf }) => argumentOf === undefined || !groups.has(argumentOf))
    .map(({ name, line, lines }) => ({
      rule: 'function-lines',
      path,
      line,
      text: `${name} has ${lines} lines; at most ${sizes.functionLinesMax}`,
    }));
}

function lineWidths({ path, lines }: SourceFile): Violation[] {
  return lines.flatMap((content, index) => {
    const columns = content.length;
    if (columns <= sizes.lineColumnsMax) return [];
    const text = `${columns} columns; at most ${sizes.lineColumnsMax}`;
    return [{ rule: 'line-columns', path, line: index + 1, text }];
  });
}

/** The spread of file sizes over src, tests left out. */
function spread(sources: readonly SourceFile[]): Violation[] {
  const sorted = sources
    .filter(({ path, isTest }) => path.startsWith('src/') && !isTest)
    .map(({ lines }) => lines.length)
    .toSorted((a, b) => a - b);
  const measured = [
    ['median', quantile(sorted, 0.5), sizes.fileLinesMedianMax],
    ['p90', quantile(sorted, 0.9), sizes.fileLinesP90Max],
  ] as const;
  return measured
    .filter(([, value, max]) => value > max)
    .map(([name, value, max]) => ({
      rule: 'file-lines-spread',
      path: 'src',
      line: 1,
      text: `the ${name} file has ${value} lines; at most ${max}`,
    }));
}

/** A folder of many files is divided into folders that mean something; tests are not counted. */
function folderSizes(sources: readonly SourceFile[]): Violation[] {
  const counts = new Map<string, number>();
  for (const { path, isTest } of sources) {
    if (isTest || !path.startsWith('src/')) continue;
    const folder = path.slice(0, path.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > sizes.folderFilesMax)
    .map(([path, count]) => ({
      rule: 'folder-files',
      path,
      line: 1,
      text: `${count} source files lie flat in the folder; at most ${sizes.folderFilesMax}`,
    }));
}

/** Files, functions, lines and folders are short. */
export function sizeRules({ sources }: Repository): Violation[] {
  return [
    ...sources.flatMap((source) => [
      ...fileSize(source),
      ...functionSizes(source),
      ...lineWidths(source),
    ]),
    ...spread(sources),
    ...folderSizes(sources),
  ];
}
