import { limits } from '../../kernel/limits.ts';
import type { FileRoot } from './file-root.ts';

/** A path that may not be used; the text goes on after "The path". */
export class PathError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'PathError';
  }
}

/** What is said of everything that is not there, or not to be seen. */
export const ABSENT = 'leads to nothing here.';

const UNSAFE = /[\u0000-\u001f\u007f\\]/;

/**
 * Splits a path relative to a root into names. The names are taken as they are: nothing is
 * decoded, nothing resolved. Throws PathError.
 */
export function splitPath(path: string, root: FileRoot): readonly string[] {
  if (path.length > limits.filePathLengthMax) {
    throw new PathError(`is longer than ${limits.filePathLengthMax} characters.`);
  }
  if (UNSAFE.test(path)) throw new PathError('may not hold backslashes or control characters.');
  if (path.startsWith('/')) throw new PathError('must be relative to the root, without a first /.');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return checkNames(names, root);
}

/** True for a name that a path may hold. */
export function isUsableName(name: string): boolean {
  return !UNSAFE.test(name) && name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

/** Checks names that were split already. Throws PathError. */
export function checkNames(names: readonly string[], root: FileRoot): readonly string[] {
  if (names.length > limits.filePathSegmentsMax) {
    throw new PathError(`has more than ${limits.filePathSegmentsMax} names.`);
  }
  if (names.includes('..')) throw new PathError('may not go up with "..".');
  if (!names.every(isUsableName) || !root.serves(names)) throw new PathError(ABSENT);
  return names;
}
