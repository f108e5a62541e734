import { RE2JS } from 're2js';

/** True when a path relative to its root matches. */
export type PathPattern = (path: string) => boolean;

/**
 * Compiles a glob: `*` and `?` stay within a name, `**` crosses folders, a pattern without a
 * slash is about the name alone. Runs in linear time whatever the pattern is.
 */
export function compilePathPattern(glob: string, caseSensitive: boolean): PathPattern {
  const anywhere = glob.includes('/') ? '' : '(?:.*/)?';
  const body = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => wildcards[part] ?? RE2JS.quote(part))
    .join('');
  const flags = RE2JS.DOTALL | (caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  const pattern = RE2JS.compile(`${anywhere}${body}`, flags);
  return (path) => pattern.matches(path);
}

const wildcards: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};
