import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { nodeProblem } from './node-problem.ts';

const MANIFEST = new URL('../../package.json', import.meta.url);

describe('the version of Node', () => {
  test('is refused below what the package declares, and not from there on', () => {
    const { engines } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
      readonly engines: { readonly node: string };
    };
    const floor = engines.node.replace('>=', '');
    assert.match(floor, /^\d+\.\d+$/);
    const [major = 0, minor = 0] = floor.split('.').map(Number);
    for (const version of [`${floor}.0`, `${major}.${minor + 1}.3`, `${major + 1}.0.0`]) {
      assert.equal(nodeProblem(version), undefined, version);
    }
    for (const version of [`${major}.${minor - 1}.9`, `${major - 1}.99.0`, '20.20.2', 'x']) {
      assert.equal(nodeProblem(version), `Node ${version} is too old; use ${floor} or later`);
    }
  });
});
