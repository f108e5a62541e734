import type { Repository, Violation } from '../repository.ts';

const linesMax = 40;
const headings = ['Owns', 'Does not own', 'Door'] as const;

/** The folders that answer for themselves: those directly under src, and each connector. */
export function documentedFolders(paths: readonly string[]): string[] {
  const folders = paths
    .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
    .flatMap((path) => {
      const parts = path.split('/');
      const direct = parts.length > 2 ? [parts.slice(0, 2).join('/')] : [];
      const connector = parts[1] === 'connectors' && parts.length > 3;
      return connector ? [...direct, parts.slice(0, 3).join('/')] : direct;
    });
  return [...new Set(folders)];
}

/** Each folder has a README of few lines with the headings Owns, Does not own and Door. */
export function readmeRules({ sources, files }: Repository): Violation[] {
  return documentedFolders(sources.map(({ path }) => path)).flatMap((folder): Violation[] => {
    const path = `${folder}/README.md`;
    const readme = files.find((file) => file.path === path);
    const violation = (text: string): Violation => ({ rule: 'readme', path, line: 1, text });
    if (readme === undefined) return [violation('is missing')];
    const lines = readme.text.trimEnd().split('\n');
    const missing = headings.filter(
      (heading) => !lines.some((line) => new RegExp(`^\\W*${heading}\\b`, 'i').test(line)),
    );
    return [
      ...missing.map((heading) => violation(`has no heading "${heading}"`)),
      ...(lines.length > linesMax ? [violation(`${lines.length} lines; at most ${linesMax}`)] : []),
    ];
  });
}
