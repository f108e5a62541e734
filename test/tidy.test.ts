import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { errorRegistry } from '../src/kernel/errors.ts';
import { limits } from '../src/kernel/limits.ts';
import { countSeen, describeViolations, ruleGroups, type Seen } from './tidy/check-repository.ts';
import { readRepository, type Violation } from './tidy/repository.ts';
import { errorRules, limitRules } from './tidy/rules/registry-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Less than this and the checker has gone blind. */
const seenMin: Seen = {
  files: 300,
  sources: 250,
  functions: 1500,
  exports: 450,
  fileEdges: 900,
  folderReadmes: 14,
  mentions: 80,
};

describe('the house is tidy', () => {
  const repository = readRepository(root);
  const clean = (violations: readonly Violation[]): void => {
    assert.equal(violations.length, 0, `\n${describeViolations(violations)}`);
  };

  for (const [name, rules] of Object.entries(ruleGroups)) {
    test(name, () => clean(rules(repository)));
  }

  test('every error is documented, and no other', () => {
    const page = repository.files.find(({ path }) => path === 'docs/reference/errors.md');
    const codes = Object.keys(errorRegistry);
    assert.ok(codes.length >= 20, `only ${codes.length} error codes seen`);
    clean(errorRules(codes, page?.text ?? ''));
  });

  test('every limit is named in a test', () => {
    const tests = repository.sources
      .filter(({ path, isTest }) => isTest && !path.startsWith('test/tidy'))
      .map(({ text }) => text);
    const names = Object.keys(limits);
    assert.ok(names.length >= 30, `only ${names.length} limits seen`);
    clean(limitRules(names, tests));
  });

  test('the checker saw the house', () => {
    assert.ok(existsSync(new URL('../package.json', import.meta.url)));
    for (const [what, count] of Object.entries(countSeen(repository))) {
      const least = seenMin[what as keyof Seen];
      assert.ok(count >= least, `saw ${count} ${what}; at least ${least} were expected`);
    }
  });
});
