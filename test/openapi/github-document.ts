import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../src/kernel/json.ts';

/** GitHub's own description of its API: a large, real document. */
export function githubDocument(): JsonObject {
  const home = new URL(import.meta.resolve('@octokit/openapi/package.json'));
  const path = new URL('generated/api.github.com.json', home);
  return JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
}
