import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFile, type SourceFile } from './source-file.ts';

/** Any file of the repository, as text. */
export interface TextFile {
  /** Path from the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Everything the rules look at, read once. */
export interface Repository {
  readonly files: readonly TextFile[];
  /** TypeScript files of src, test, bench, examples, console, scripts and templates. */
  readonly sources: readonly SourceFile[];
  readonly markdown: readonly TextFile[];
  /** Every file and folder, as paths from the root. */
  readonly paths: ReadonlySet<string>;
  /** Names under `scripts` in package.json. */
  readonly scripts: ReadonlySet<string>;
  readonly dependencies: ReadonlySet<string>;
  readonly developmentDependencies: ReadonlySet<string>;
}

/** One breach of one rule. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

const skippedFolders = new Set(['.git', '.mcp-gateway', 'dist', 'node_modules', 'out']);
/** In a linked working tree `.git` is a file. */
const skippedFiles = /^\.git$|\.log$/;
const sourceFolders = new Set([
  'bench',
  'console',
  'examples',
  'scripts',
  'src',
  'templates',
  'test',
]);

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** All files below `folder`, and all folders, as paths from `root`. */
function walk(root: string, folder: string, files: string[], folders: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (skippedFolders.has(entry.name)) continue;
      folders.push(path);
      walk(root, path, files, folders);
    } else if (entry.isFile() && !skippedFiles.test(entry.name)) files.push(path);
  }
}

/** Reads the repository at `root`. */
export function readRepository(root: string): Repository {
  const [paths, folders]: [string[], string[]] = [[], []];
  walk(root, '', paths, folders);
  const files = paths
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  const isSource = ({ path }: TextFile): boolean =>
    path.endsWith('.ts') && sourceFolders.has(path.split('/')[0] ?? '');
  const manifest: Manifest = existsSync(join(root, 'package.json'))
    ? (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest)
    : {};
  return {
    files,
    sources: files.filter(isSource).map(({ path, text }) => sourceFile(path, text)),
    markdown: files.filter(({ path }) => path.endsWith('.md')),
    paths: new Set([...paths, ...folders]),
    scripts: new Set(Object.keys(manifest.scripts ?? {})),
    dependencies: new Set(Object.keys(manifest.dependencies ?? {})),
    developmentDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
  };
}
