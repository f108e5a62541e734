import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path/posix';
import { importTable, type ImportRow } from '../import-table.ts';
import type { ModuleEdge } from '../module-edges.ts';
import { doors, type Door } from '../raw-modules.ts';
import type { Repository, Violation } from '../repository.ts';
import type { SourceFile } from '../source-file.ts';

/** Folders whose subfolders are units of their own. */
const groups = new Set(['connectors', 'storage']);

/** One relative import between two files of the repository. */
export interface FileEdge {
  readonly from: SourceFile;
  readonly to: string;
  readonly edge: ModuleEdge;
}

/** The unit of the import table that a path under src/ belongs to, such as `connectors/openapi`. */
export function unitOf(path: string): string {
  const [first = '', second = '', third] = path.replace(/^src\//, '').split('/');
  return groups.has(first) && third !== undefined ? `${first}/${second}` : first;
}

/** The import table's word for a unit: itself, or `group/x`. */
function rowName(unit: string): string {
  const [group = '', member] = unit.split('/');
  return member === undefined ? unit : `${group}/x`;
}

/** Every relative import of the repository's sources. */
export function fileEdges(sources: readonly SourceFile[]): FileEdge[] {
  return sources.flatMap((from) =>
    from.edges
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((edge) => ({ from, to: join(dirname(from.path), edge.specifier), edge })),
  );
}

/** True when a row lets its folder import `to`, a path under src/. */
function rowAllows(row: ImportRow, to: string): boolean {
  const target = rowName(unitOf(to));
  if (row.not?.includes(target) === true) return false;
  if (target === 'kernel' || row.may.includes('everything')) return true;
  const isStore = /^src\/[a-z-]+\/(?:[a-z-]+\/)?store\.ts$/.test(to);
  const isNamed = row.may.includes(target) || row.may.includes(unitOf(to));
  return isNamed || (isStore && row.may.includes('store.ts'));
}

function tableViolation({ from, to, edge }: FileEdge): Violation[] {
  const { path } = from;
  const at = { path, line: edge.line };
  if (!to.startsWith('src/')) {
    return [{ rule: 'import-table', ...at, text: `src imports ${to}, which is outside src` }];
  }
  const [unit, target] = [unitOf(path), unitOf(to)];
  if (unit === target) return [];
  const row = importTable.find(({ folder }) => folder === rowName(unit));
  if (row === undefined) {
    return [{ rule: 'import-table', ...at, text: `the import table has no row for ${unit}` }];
  }
  if (rowAllows(row, to)) return [];
  const allowed = ['kernel', ...row.may].join(', ');
  const text = `${unit} may not import ${to.replace(/^src\//, '')} (may: ${allowed})`;
  return [{ rule: 'import-table', ...at, text }];
}

/** The package of a bare module name: `@scope/name/file` is `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isOpen(door: Door, path: string, edge: ModuleEdge): boolean {
  if (edge.typeOnly || door.folders.includes(unitOf(path))) return true;
  if (door.folders.includes(rowName(unitOf(path)))) return true;
  return edge.names.length > 0 && edge.names.every((name) => door.harmless?.includes(name));
}

function rawModuleViolation(path: string, edge: ModuleEdge): Violation[] {
  const name = isBuiltin(edge.specifier) ? edge.specifier : packageOf(edge.specifier);
  const door = doors.find(({ modules }) => modules.includes(name));
  if (door === undefined || isOpen(door, path, edge)) return [];
  const where = door.folders.length === 0 ? 'nowhere' : `only in ${door.folders.join(', ')}`;
  const text = `${edge.specifier} may be imported ${where}`;
  return [{ rule: 'raw-module', path, line: edge.line, text }];
}

function bareViolations(source: SourceFile, repository: Repository): Violation[] {
  const { path, isTest } = source;
  const shipped = path.startsWith('src/') && !isTest;
  return source.edges.flatMap((edge): Violation[] => {
    const { specifier, line } = edge;
    if (specifier.startsWith('.')) return [];
    const raw = shipped ? rawModuleViolation(path, edge) : [];
    if (isBuiltin(specifier)) {
      if (specifier.startsWith('node:')) return raw;
      return [
        { rule: 'node-prefix', path, line, text: `${specifier} lacks the node: prefix` },
        ...raw,
      ];
    }
    const name = packageOf(specifier);
    const known =
      repository.dependencies.has(name) ||
      (!shipped && repository.developmentDependencies.has(name));
    if (known) return raw;
    const text = `${name} is not among the ${shipped ? '' : 'development '}dependencies`;
    return [{ rule: 'undeclared-package', path, line, text }, ...raw];
  });
}

/** The import table holds, raw modules stay behind their doors, imports name what exists. */
export function importRules(repository: Repository): Violation[] {
  const edges = fileEdges(repository.sources);
  const missing = edges
    .filter(({ to }) => !repository.paths.has(to))
    .map(({ from, to, edge }) => ({
      rule: 'missing-module',
      path: from.path,
      line: edge.line,
      text: `${to} does not exist`,
    }));
  const shipped = edges.filter(({ from }) => from.path.startsWith('src/') && !from.isTest);
  return [
    ...missing,
    ...shipped.flatMap(tableViolation),
    ...repository.sources.flatMap((source) => bareViolations(source, repository)),
  ];
}
