import { stripTypeScriptTypes } from 'node:module';
import { exportedNames, type ExportedName } from './exported-names.ts';
import { functionSpans, type FunctionSpan } from './function-spans.ts';
import { moduleEdges, type ModuleEdge } from './module-edges.ts';
import { tokenize, type Token } from './tokens.ts';

/** A TypeScript file of the repository, read as far as the rules need it. */
export interface SourceFile {
  /** Path from the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly isTest: boolean;
  /** Tokens of the whole text without comments. */
  readonly tokens: readonly Token[];
  /** Tokens of what runs: types are gone, places are the same. */
  readonly runtimeTokens: readonly Token[];
  readonly edges: readonly ModuleEdge[];
  readonly exports: readonly ExportedName[];
  readonly functions: readonly FunctionSpan[];
  /** Why the types could not be stripped, if so; the runtime parts are then empty. */
  readonly fault: string | undefined;
}

/** The text with types blanked out at equal offsets, or why that is not possible. */
function strip(text: string): { stripped: string; fault?: string } {
  try {
    return { stripped: stripTypeScriptTypes(text) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { stripped: '', fault: fault.split('\n').find((line) => line.trim() !== '') ?? fault };
  }
}

/** Reads one TypeScript text. */
export function sourceFile(path: string, text: string): SourceFile {
  const all = tokenize(text);
  const tokens = all.filter(({ kind }) => kind !== 'comment');
  const { stripped, fault } = strip(text);
  const runtimeTokens = tokenize(stripped).filter(({ kind }) => kind !== 'comment');
  return {
    path,
    text,
    lines: text.replace(/\n$/, '').split('\n'),
    isTest: path.endsWith('.test.ts'),
    tokens,
    runtimeTokens,
    edges: moduleEdges(tokens, stripped),
    exports: exportedNames(all),
    functions: functionSpans(runtimeTokens),
    fault,
  };
}
