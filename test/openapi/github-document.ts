import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/kernel/json.ts';

/** The file of GitHub's own description of its API: a large, real document. */
export function githubFile(): string {
  const home = new URL(import.meta.resolve('@octokit/openapi/package.json'));
  return fileURLToPath(new URL('generated/api.github.com.json', home));
}

/** The document in that file. */
export function githubDocument(): JsonObject {
  return JSON.parse(readFileSync(githubFile(), 'utf8')) as JsonObject;
}
