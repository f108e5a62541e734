import type { Repository, Violation } from '../repository.ts';
import type { SourceFile } from '../source-file.ts';
import type { Token } from '../tokens.ts';

/** Joins the parts of a word that this file itself may not hold. */
const spell = (...parts: string[]): string => parts.join('');

/** Words that announce unfinished work. */
const unfinished = new RegExp(
  `\\b(?:${[spell('TO', 'DO'), spell('FIX', 'ME'), spell('X', 'XX')].join('|')})\\b`,
);

/** Files whose every line is ours to finish. */
const written = /\.(?:ts|js|mjs|md|sql|sh|html|css|ya?ml)$/;

type Finder = (source: SourceFile) => { line: number; text: string }[];

/** True when tokens from `index` on read like `texts`, and nothing owns the first one. */
function reads(tokens: readonly Token[], index: number, ...texts: string[]): boolean {
  const before = tokens[index - 1]?.text;
  if (before === '.' || before === '?.') return false;
  return texts.every((text, offset) => tokens[index + offset]?.text === text);
}

function isRunCode({ path, isTest }: SourceFile): boolean {
  return path.startsWith('src/') && !isTest;
}

const environment: Finder = (source) => {
  if (!isRunCode(source) || source.path === 'src/app/config/config.ts') return [];
  const text = 'the environment is read in src/app/config/config.ts only';
  const reading = source.runtimeTokens
    .filter((_token, index, all) => reads(all, index, 'process', '.', 'env'))
    .map(({ line }) => ({ line, text }));
  const imported = source.edges
    .filter(({ specifier, names }) => specifier === 'node:process' && names.includes('env'))
    .map(({ line }) => ({ line, text }));
  return [...reading, ...imported];
};

const logging: Finder = (source) => {
  if (!isRunCode(source) || /^src\/(?:cli\/|main\.ts$)/.test(source.path)) return [];
  return source.runtimeTokens
    .filter((_token, index, all) => reads(all, index, 'console', '.'))
    .map(({ line }) => ({ line, text: 'console is for src/cli; take a Log instead' }));
};

/** Bindings at the top of a module that can change. */
const moduleState: Finder = (source) => {
  if (!isRunCode(source)) return [];
  let depth = 0;
  return source.runtimeTokens.flatMap(({ kind, text, line }) => {
    if (kind === 'punctuation' && /^[([{]$/.test(text)) depth += 1;
    if (kind === 'punctuation' && /^[)\]}]$/.test(text)) depth -= 1;
    if (kind === 'template' && text.endsWith('${')) depth += 1;
    if (kind === 'template' && text.startsWith('}')) depth -= 1;
    if (kind !== 'name' || depth !== 0 || !/^(?:let|var)$/.test(text)) return [];
    return [{ line, text: `a module-level ${text} is mutable state` }];
  });
};

const anyType: Finder = ({ tokens, runtimeTokens, fault }) => {
  if (fault !== undefined) return [];
  const running = new Set(runtimeTokens.map(({ start }) => start));
  return tokens
    .filter(({ kind, text, start }, index) => {
      if (kind !== 'name' || text !== 'any' || running.has(start)) return false;
      return !/^\??\.$/.test(tokens[index - 1]?.text ?? '') && tokens[index + 1]?.text !== ':';
    })
    .map(({ line }) => ({ line, text: 'use unknown and narrow it, not any' }));
};

const enumeration: Finder = ({ tokens }) =>
  tokens
    .filter((_token, index) => {
      if (!reads(tokens, index, 'enum')) return false;
      return tokens[index + 1]?.kind === 'name' && tokens[index + 2]?.text === '{';
    })
    .map(({ line }) => ({ line, text: 'use a union of strings, not an enum' }));

const erasable: Finder = ({ fault }) =>
  fault === undefined ? [] : [{ line: 1, text: `types cannot be stripped: ${fault}` }];

const finders: Readonly<Record<string, Finder>> = {
  'process-env': environment,
  console: logging,
  'module-state': moduleState,
  'any-type': anyType,
  enum: enumeration,
  erasable,
};

/** What the code may not hold: loose state, loose types, stray output, unfinished work. */
export function codeRules({ sources, files }: Repository): Violation[] {
  const inCode = sources.flatMap((source) =>
    Object.entries(finders).flatMap(([rule, find]) =>
      find(source).map(({ line, text }) => ({ rule, path: source.path, line, text })),
    ),
  );
  const inText = files
    .filter(({ path }) => written.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((content, index) => {
        const word = unfinished.exec(content)?.[0];
        if (word === undefined) return [];
        return [{ rule: 'unfinished', path, line: index + 1, text: `${word} announces a hole` }];
      }),
    );
  return [...inCode, ...inText];
}
