import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { userEnvironment } from './user-environment.ts';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** A registry that has answered within seconds hangs at times; npm is then started anew. */
const INSTALL_MS = 80_000;
const INSTALL_ATTEMPTS = 3;
const run = promisify(execFile);

/** Where the dependencies come from: this checkout, or the registry (and npm's cache of it). */
export type InstallSource = 'checkout' | 'registry';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** Installs a tarball into an empty folder; resolves to the folder of the installed package. */
export async function installPackage(
  tarball: string,
  folder: string,
  source: InstallSource,
): Promise<string> {
  const place = join(folder, 'node_modules', 'mcp-gateway');
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  if (source === 'registry') {
    await installFromRegistry(tarball, folder);
    return place;
  }
  await mkdir(place, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', place]);
  const { dependencies, bin } = JSON.parse(
    await readFile(join(place, 'package.json'), 'utf8'),
  ) as Manifest;
  await linkPackages(folder, Object.keys(dependencies));
  await mkdir(join(folder, 'node_modules', '.bin'));
  for (const [name, path] of Object.entries(bin)) {
    await symlink(join('..', 'mcp-gateway', path), join(folder, 'node_modules', '.bin', name));
  }
  return place;
}

/** What an attempt has fetched is in npm's cache for the next one. */
async function installFromRegistry(tarball: string, folder: string): Promise<void> {
  const flags = ['--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  // By default npm waits five minutes for a connection on which nothing comes any more.
  const patience = ['--fetch-timeout=20000', '--fetch-retries=3', '--fetch-retry-mintimeout=500'];
  const options = { cwd: folder, env: userEnvironment(), timeout: INSTALL_MS };
  for (let attempt = 1; ; attempt++) {
    try {
      await run('npm', ['install', ...flags, ...patience, tarball], options);
      return;
    } catch (error) {
      if (attempt === INSTALL_ATTEMPTS) throw error;
      await rm(join(folder, 'node_modules'), { recursive: true, force: true });
    }
  }
}

/** Makes packages of this checkout visible in a folder that lacks them. */
export async function linkPackages(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(place)) continue;
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(PACKAGES, name), place, 'junction');
  }
}
