import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { userEnvironment } from './user-environment.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A tarball of the project, as `npm publish` would send it. */
export interface PackedProject {
  readonly tarball: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Paths in the package. */
  readonly files: readonly string[];
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Builds and packs the project into a folder, as `npm pack` does by the script `prepack`. */
export async function packProject(folder: string): Promise<PackedProject> {
  const options = { cwd: ROOT, env: userEnvironment(), maxBuffer: 16 * 1024 * 1024 };
  const run = promisify(execFile);
  await run('npm', ['run', 'prepack'], options);
  // Without scripts: `prepare` would set git's hooks in the checkout that is only tested.
  const flags = ['--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', ...flags], options);
  // Newer npm reports by the package's name, older in a list.
  const report: unknown = JSON.parse(stdout);
  const [packed] = Object.values(report as Readonly<Record<string, PackReport>>);
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`);
  return {
    tarball: join(folder, packed.filename),
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    files: packed.files.map(({ path }) => path),
  };
}
