import type { ExportedName } from '../exported-names.ts';
import type { Repository, Violation } from '../repository.ts';
import type { SourceFile } from '../source-file.ts';

/** From this many exports on a file is a vocabulary, and none of them is the main one. */
const vocabularyMin = 5;

const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d)?\.ts$/;

/** The words of a name in any case style, in lower case. */
function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** True when two words have one stem: `limit` and `limits`, `assemble` and `assembler`. */
function isAkin(one: string, other: string): boolean {
  return one.slice(0, 5).replace(/s$/, '') === other.slice(0, 5).replace(/s$/, '');
}

/**
 * True when at least half of the file's words are akin to words of the exported name
 * (`decode-request.ts` exports `decodeModernRequest`, `store.ts` exports `UsageStore`), or when
 * the two agree once hyphens are gone (`oauth.ts` exports `OAuthClient`).
 */
function isNamedLike(exported: string, base: string): boolean {
  const [long, short] = [words(exported), words(base)];
  const shared = short.filter((word) => long.some((other) => isAkin(word, other)));
  const [joined, file] = [long.join(''), short.join('')];
  return shared.length * 2 >= short.length || joined.startsWith(file) || joined.endsWith(file);
}

function fileName({ path }: SourceFile): Violation[] {
  const base = path.split('/').at(-1) ?? '';
  if (kebab.test(base)) return [];
  return [{ rule: 'file-name', path, line: 1, text: `${base} is not kebab-case` }];
}

/**
 * A file is named after its main export. Two kinds have none: a vocabulary (types alone, or
 * `vocabularyMin` names and more) and the doors `index.ts` and `main.ts`.
 */
function mainExport({ path, exports }: SourceFile): Violation[] {
  const base = (path.split('/').at(-1) ?? '').replace(/\.ts$/, '');
  if (base === 'index' || path === 'src/main.ts') return [];
  const typesOnly = exports.length > 0 && exports.every(({ isType }) => isType);
  if (typesOnly || exports.length >= vocabularyMin) return [];
  if (exports.some(({ name }) => isNamedLike(name, base))) return [];
  const seen = exports.map(({ name }) => name).join(', ');
  const text = `no export is named like the file (exports: ${seen === '' ? 'none' : seen})`;
  return [{ rule: 'main-export', path, line: 1, text }];
}

/** The text of a docstring up to its first blank line or tag, or nothing for another comment. */
function firstParagraph(comment: string): string {
  if (!comment.startsWith('/**')) return '';
  const lines = comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trim());
  while (lines[0] === '') lines.shift();
  const end = lines.findIndex((line) => line === '' || line.startsWith('@'));
  return (end === -1 ? lines : lines.slice(0, end)).join(' ');
}

/** True when the comment is a docstring that begins with a whole sentence. */
function beginsWithSentence(comment: string | undefined): boolean {
  const paragraph = firstParagraph(comment ?? '');
  return /^[^\p{Ll}]/u.test(paragraph) && /[.!?:](?:\s|\)|$)/.test(paragraph);
}

function docstring(path: string, { name, line, comment, elsewhere }: ExportedName): Violation[] {
  if (name === 'default') {
    return [{ rule: 'docstring', path, line, text: 'exports are named; there is no default' }];
  }
  if (elsewhere || beginsWithSentence(comment)) return [];
  const fault =
    comment?.startsWith('/**') === true ? 'does not begin with a sentence' : 'is missing';
  return [{ rule: 'docstring', path, line, text: `the docstring of ${name} ${fault}` }];
}

/** Files are kebab-case; those of src export something named like them, with a docstring. */
export function nameRules({ sources }: Repository): Violation[] {
  const code = sources.filter(({ path, isTest }) => path.startsWith('src/') && !isTest);
  return [
    ...sources.flatMap(fileName),
    ...code.flatMap(mainExport),
    ...code.flatMap(({ path, exports }) => exports.flatMap((entry) => docstring(path, entry))),
  ];
}
