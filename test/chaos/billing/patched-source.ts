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

/**
 * Copies the sources and changes them: so the product needs no hooks for tests, and a bug can be
 * planted. Throws when a place is not there any more.
 */
export async function patchSource(patches: readonly Patch[]): Promise<PatchedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-patched-'));
  await cp(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, text, instead } of patches) {
    const path = join(folder, 'src', file);
    const before = await readFile(path, 'utf8');
    if (before.split(text).length !== 2) throw new Error(`${file} has not once: ${text}`);
    await writeFile(
      path,
      before.replace(text, () => instead),
    );
  }
  return {
    main: join(folder, 'src', 'main.ts'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
