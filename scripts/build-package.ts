import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFiles } from '../src/connectors/openapi/generate/source-files.ts';

/**
 * Writes `dist`: what the package consists of. The compiler emits the code and its types; what it
 * knows nothing of is done here.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** A build that wrote fewer files than this has lost some. */
const MODULES_MIN = 300;

function compile(): void {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The compiler found errors.');
}

/** A thread or a child process is named by the URL of its source, which the compiler leaves. */
function renameModuleUrls(): number {
  const named = /new URL\('(\.{1,2}\/[^']+)\.ts', import\.meta\.url\)/g;
  const modules = globSync('**/*.js', { cwd: dist });
  for (const module of modules) {
    const path = join(dist, module);
    const text = readFileSync(path, 'utf8');
    const renamed = text.replaceAll(named, (_, name: string) => {
      const target = join(dirname(path), `${name}.js`);
      if (!existsSync(target)) throw new Error(`${module} starts ${name}, which is not there.`);
      return `new URL('${name}.js', import.meta.url)`;
    });
    if (/new URL\([^)]*\.ts\b/.test(renamed)) {
      throw new Error(`${module} builds the URL of a source in a way that cannot be rewritten.`);
    }
    if (renamed !== text) writeFileSync(path, renamed);
  }
  return modules.length;
}

/** What the code reads beside itself: migrations. */
function copyAssets(): void {
  const assets = globSync('**/*.*', { cwd: join(root, 'src') }).filter(
    (path) => !/\.(?:ts|md)$/.test(path),
  );
  if (!assets.some((path) => path.endsWith('.sql'))) throw new Error('No migration was found.');
  for (const path of assets) cpSync(join(root, 'src', path), join(dist, path));
}

/** The TypeScript files that `generate` copies into the projects it writes, as text. */
function copyEjectedSources(): void {
  sourceFiles((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const place = join(dist, 'ejected', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
    return text;
  });
}

rmSync(dist, { recursive: true, force: true });
compile();
const count = renameModuleUrls();
if (count < MODULES_MIN) throw new Error(`Only ${count} modules were written.`);
copyAssets();
copyEjectedSources();
chmodSync(join(dist, 'main.js'), 0o755);
process.stdout.write(`${count} modules in dist\n`);
