import { checkNames, PathError, ABSENT } from './file-path.ts';
import type { FileRoot } from './file-root.ts';
import type { FilePlace } from './file-tool.ts';

const SCHEME = 'files://';

/** The URI of a file: `files://<root>/<path>`, each name percent-encoded. */
export function resourceUri(root: FileRoot, names: readonly string[]): string {
  return `${SCHEME}${root.name}/${names.map(encodeURIComponent).join('/')}`;
}

/** The place a URI names; each name is decoded once, after the path was split. Throws PathError. */
export function placeOfUri(uri: string, roots: readonly FileRoot[]): FilePlace {
  const [rootName = '', ...encoded] = uri.startsWith(SCHEME)
    ? uri.slice(SCHEME.length).split('/')
    : [];
  const root = roots.find(({ name }) => name === rootName);
  if (root === undefined || /[?#]/.test(uri)) throw new PathError(ABSENT);
  return { root, names: checkNames(encoded.map(decodeName), root) };
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new PathError(ABSENT);
  }
}
