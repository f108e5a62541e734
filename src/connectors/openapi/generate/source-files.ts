import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path/posix';
import { GatewayError } from '../../../kernel/errors.ts';

/** The sources to copy: those of this repository, or the copies that were built along. */
const PLACE = import.meta.url.endsWith('.ts') ? '../../../../' : '../../../ejected/';
const ROOT = new URL(PLACE, import.meta.url);
const TEMPLATES = 'templates/ejected-server/';
const ENTRIES = [`${TEMPLATES}main.ts`, `${TEMPLATES}call-tool.ts`];

/** Folders that an ejected server may be made of; nothing of a document runs in them. */
const FOLDERS =
  /^(?:templates\/ejected-server|src\/(?:kernel|search|mcp|upstream|connectors\/openapi))\//;
/** Of the way out only what reads compressed answers; an ejected server has a way of its own. */
const CODINGS = /^src\/egress\/(?:content-codings|decoded-response)\.ts$/;
const LEFT_OUT = /\.test\.ts$|\/generate\//;
const PACKAGES: ReadonlySet<string> = new Set([
  '@modelcontextprotocol/node',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/server/stdio',
  'json-p3',
  'oauth4webapi',
  're2js',
]);
const MODULES: ReadonlySet<string> = new Set([
  'node:crypto',
  'node:events',
  'node:fs',
  'node:http',
  'node:https',
  'node:module',
  'node:net',
  'node:process',
  'node:stream',
  'node:zlib',
]);
const FILES_MAX = 150;

const STATIC_IMPORT = /^(?:import|export)\s(?:[^;'"]*?\sfrom\s)?'([^']+)'/gm;
/** How packages are loaded when they are first needed; nothing else loads code by these. */
const REQUIRE = 'const require = createRequire(import.meta.url);';
const LAZY_IMPORT = /\b(?:import|require)\('([^']+)'\)/g;
const DYNAMIC = /\b(?:import|require|createRequire|eval|Function)\s*\(/;

/** The files of this repository by the path from its root, read as text. */
export type ReadSource = (path: string) => string;

const readSource: ReadSource = (path) => readFileSync(new URL(path, ROOT), 'utf8');

/**
 * The hand-written files of an ejected server by their path in its folder: the templates, and
 * every file of this repository that they import. Throws GatewayError `internal` when an import
 * leads out of what may be copied.
 */
export function sourceFiles(read: ReadSource = readSource): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const open = [...ENTRIES];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    if (!(FOLDERS.test(path) || CODINGS.test(path)) || LEFT_OUT.test(path))
      throw astray(path, 'may not be copied');
    if (found.size >= FILES_MAX) throw astray(path, 'is one file too many');
    const text = read(path);
    if (DYNAMIC.test(withoutLazyImports(text))) throw astray(path, 'loads code while it runs');
    found.set(path, text);
    for (const [, specifier = ''] of text.matchAll(STATIC_IMPORT)) {
      if (specifier.startsWith('.')) open.push(join(dirname(path), specifier));
      else if (!isAllowed(specifier)) throw astray(path, `imports ${specifier}`);
    }
  }
  const files = [...found].map(([path, text]) => [placeOf(path), moved(path, text)] as const);
  return new Map([...files, ['src/gateway/LICENSE', read('LICENSE')]]);
}

const isAllowed = (specifier: string): boolean =>
  PACKAGES.has(specifier) || (MODULES.has(specifier) && isBuiltin(specifier));

const withoutLazyImports = (text: string): string =>
  text
    .replace(REQUIRE, '')
    .replaceAll(LAZY_IMPORT, (load, name: string) => (PACKAGES.has(name) ? '' : load));

/** `src` of this repository becomes `src/gateway`; the templates stand directly in `src`. */
const placeOf = (path: string): string =>
  path.startsWith(TEMPLATES)
    ? `src/${path.slice(TEMPLATES.length)}`
    : `src/gateway${path.slice(3)}`;

/** Only the templates have to find what they import in another place. */
const moved = (path: string, text: string): string =>
  path.startsWith(TEMPLATES)
    ? text.replaceAll(/ from '\.\.\/\.\.\/src\//g, " from './gateway/")
    : text;

const astray = (path: string, problem: string): GatewayError =>
  new GatewayError('internal', `No server can be written: ${path} ${problem}.`);
