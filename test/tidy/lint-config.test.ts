import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is planted, by path, and the rules of the lint configuration that must see it. */
const plants: Readonly<Record<string, { text: string; rules: readonly string[] }>> = {
  'src/mcp/promises.ts': {
    text: [
      'async function later(): Promise<number> { await null; return 1; }',
      'export function a(): void { later(); }',
      'export function b(): void { [1].forEach(async () => { await later(); }); }',
    ].join('\n'),
    rules: ['typescript(no-floating-promises)', 'typescript(no-misused-promises)'],
  },
  'src/mcp/types.ts': {
    text: [
      "import { Held } from './held.ts';",
      'export const a = (value: any, held?: Held): number => value.length + held!.size;',
    ].join('\n'),
    rules: [
      'typescript(consistent-type-imports)',
      'typescript(no-explicit-any)',
      'typescript(no-non-null-assertion)',
      'typescript(no-unsafe-member-access)',
    ],
  },
  'src/mcp/held.ts': { text: 'export interface Held { readonly size: number }', rules: [] },
  'src/mcp/doors.ts': {
    text: [
      "export const a = (): unknown => fetch('http://localhost');",
      "console.log('x');",
      'export default a;',
    ].join('\n'),
    rules: ['eslint(no-console)', 'eslint(no-restricted-globals)', 'import(no-default-export)'],
  },
  'src/mcp/slips.ts': {
    text: 'export function a(b: unknown): unknown { if (b == 1) b = eval("2"); return b; }',
    rules: ['eslint(eqeqeq)', 'eslint(no-eval)', 'eslint(no-param-reassign)'],
  },
  'src/egress/dial.ts': {
    text: "export const dial = (): unknown => fetch('http://localhost');",
    rules: [],
  },
};

const settings = { compilerOptions: { strict: true, target: 'es2024', module: 'nodenext' } };

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

/** Runs the linter with the project's configuration over `files` in a temporary folder. */
function lint(files: Readonly<Record<string, string>>): readonly Diagnostic[] {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the lint configuration', () => {
  test('sees each planted slip and lets the doors through', () => {
    const files = Object.entries(plants).map(([path, { text }]) => [path, `${text}\n`] as const);
    const found = lint({
      ...Object.fromEntries(files),
      'tsconfig.json': JSON.stringify(settings),
      'package.json': '{"type": "module"}',
    });
    for (const [path, { rules }] of Object.entries(plants)) {
      const codes = found.filter(({ filename }) => filename === path).map(({ code }) => code);
      for (const rule of rules) assert.ok(codes.includes(rule), `${path}: ${codes.join(', ')}`);
      if (rules.length === 0) assert.deepEqual(codes, [], path);
    }
  });
});
