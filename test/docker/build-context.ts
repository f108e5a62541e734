import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What the Docker engine would be sent: a folder without what `.dockerignore` names. */
export interface BuildContext {
  /** True when the file or folder at a path of the context is left out. */
  readonly ignores: (path: string) => boolean;
  /** Copies a file or folder of the context. Throws when it is not there. */
  readonly copy: (path: string, target: string) => void;
}

/** Opens the context at a folder. */
export function buildContext(root: string): BuildContext {
  const rules = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ takes: line.startsWith('!'), pattern: toPattern(line.replace(/^!/, '')) }));
  // The last rule that names a path, or a folder it is in, decides.
  const ignores = (path: string): boolean => {
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const decisive = rules.findLast(({ pattern }) =>
      prefixes.some((prefix) => pattern.test(prefix)),
    );
    return decisive !== undefined && !decisive.takes;
  };
  return {
    ignores,
    copy(path, target) {
      const source = join(root, path);
      if (!existsSync(source) || ignores(path)) throw new Error(`${path} is not in the context.`);
      cpSync(source, target, {
        recursive: true,
        filter: (each) => !ignores(relative(root, each)),
      });
    },
  };
}

/** Docker's patterns: `*` is anything but a slash, also a name that begins with a dot. */
function toPattern(text: string): RegExp {
  const parts = text.split(/(\*\*\/|\*)/).map((part) => {
    if (part === '**/') return '(?:.*/)?';
    return part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}
