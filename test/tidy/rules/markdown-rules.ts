import { dirname, join } from 'node:path/posix';
import type { Repository, TextFile, Violation } from '../repository.ts';

/** Something a Markdown file says exists. */
export interface Mention {
  readonly path: string;
  readonly line: number;
  readonly kind: 'anchor' | 'path' | 'script';
  readonly text: string;
}

const topFolders =
  /^(?:\.\/)?(?:\.ci|\.githooks|bench|console|docs|examples|scripts|src|templates|test)(?:\/|$)/;
const placeholder = /[*{}<>…$]|YYYY|\.\.\./;
const npmScript = /\bnpm (?:run (?:-s |--silent )?([\w:-]+)|(test|start)\b)/g;

/** True when a piece of code in a text reads like a path of this repository. */
function looksLikePath(code: string): boolean {
  if (placeholder.test(code) || /[\s()'":;,=]/.test(code)) return false;
  return topFolders.test(code)
    ? code.includes('/')
    : /^(?:\.{1,2}\/)*\w[\w./-]*\.(?:ts|md)$/.test(code);
}

/** The paths, anchors and scripts in one line; `fenced` lines are commands. */
function mentionsOf(content: string, fenced: boolean): Omit<Mention, 'path' | 'line'>[] {
  const found: Omit<Mention, 'path' | 'line'>[] = [];
  for (const [, run, plain] of content.matchAll(npmScript)) {
    found.push({ kind: 'script', text: run ?? plain ?? '' });
  }
  if (fenced) {
    for (const word of content.split(/[\s'"=]+/)) {
      if (topFolders.test(word) && looksLikePath(word)) found.push({ kind: 'path', text: word });
    }
    return found;
  }
  for (const [, code = ''] of content.matchAll(/`([^`]+)`/g)) {
    if (looksLikePath(code)) found.push({ kind: 'path', text: code });
  }
  for (const [, target = ''] of content.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
    if (/^(?:[a-z][a-z+.-]*:|\/)/.test(target)) continue;
    found.push({ kind: target.includes('#') ? 'anchor' : 'path', text: target });
  }
  return found;
}

/** Everything a Markdown file says exists. */
export function mentions({ path, text }: TextFile): Mention[] {
  let fenced = false;
  return text.split('\n').flatMap((content, index) => {
    if (/^\s*(?:```|~~~)/.test(content)) {
      fenced = !fenced;
      return [];
    }
    return mentionsOf(content, fenced).map((found) => ({ ...found, path, line: index + 1 }));
  });
}

/** The anchor that GitHub gives a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function hasAnchor(file: TextFile | undefined, anchor: string): boolean {
  const headings = (file?.text ?? '').matchAll(/^#{1,6}\s+(.*)$/gm);
  return [...headings].some(([, heading = '']) => slug(heading) === anchor);
}

/** Where a named path may be: beside the file, at the root, or under src when it has a slash. */
function places({ path, text }: Mention): string[] {
  const named = text.replace(/\/$/, '');
  const near = [join(dirname(path), named), join(named)];
  return named.includes('/') ? [...near, join('src', named)] : near;
}

function fault(mention: Mention, repository: Repository): string | undefined {
  const { kind, text, path } = mention;
  if (kind === 'script') {
    return repository.scripts.has(text) ? undefined : `npm run ${text} is not a script`;
  }
  if (kind === 'path') {
    const exists = places(mention).some((place) => repository.paths.has(place));
    return exists ? undefined : `${text} does not exist`;
  }
  const [file = '', anchor = ''] = text.split('#');
  const target = file === '' ? path : join(dirname(path), file);
  const found = repository.markdown.find((candidate) => candidate.path === target);
  return hasAnchor(found, anchor) ? undefined : `${text} leads nowhere`;
}

/** What Markdown files name exists: paths, anchors and npm scripts. */
export function markdownRules(repository: Repository): Violation[] {
  return repository.markdown.flatMap(mentions).flatMap((mention) => {
    const text = fault(mention, repository);
    if (text === undefined) return [];
    const { path, line, kind } = mention;
    return [{ rule: `markdown-${kind}`, path, line, text }];
  });
}
