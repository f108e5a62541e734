import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A change of one place in a source file. */
export interface Patch {
  /** Below `src`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly text: string;
  readonly instead: string;
}

/** A copy of the sources with changes, to be run in place of the real ones. */
export interface PatchedSource extends AsyncDisposable {
  readonly main: string;
}

/** The text of a file with a patch in it. Throws when its place is not there any more. */
export function patchText(before: string, { file, text, instead }: Patch): string {
  if (before.split(text).length !== 2) throw new Error(`${file} has not once: ${text}`);
  return before.replace(text, () => instead);
}

/**
 * Copies the sources and changes them: so the product needs no hooks for tests, and a bug can be
 * planted. Throws when a place is not there any more.
 */
export async function patchSource(patches: readonly Patch[]): Promise<PatchedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-patched-'));
  await cp(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const patch of patches) {
    const path = join(folder, 'src', patch.file);
    await writeFile(path, patchText(await readFile(path, 'utf8'), patch));
  }
  return {
    main: join(folder, 'src', 'main.ts'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
