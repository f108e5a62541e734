import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import { createToolSearch } from '../../src/connectors/openapi/surface/tool-search.ts';
import { ownSets, scoreSearch } from './evaluate-search.ts';
import { makeLargeDocument } from './make-large-document.ts';

describe('the mode search', () => {
  test('answers questions about a large API, and says when nothing fits', () => {
    const [github] = ownSets([]).map(scoreSearch);
    assert.ok(github !== undefined && github.queries >= 100 && github.unsatisfiable >= 20);
    const { first, five, queries, answered, unsatisfiable } = github;
    assert.ok(first / queries >= 0.6, `top-1 ${first} of ${queries}`);
    assert.ok(five / queries >= 0.8, `top-5 ${five} of ${queries}`);
    assert.ok(answered / unsatisfiable <= 0.2, `answered in vain ${answered} of ${unsatisfiable}`);
  });

  test('takes little time for 16 000 operations', () => {
    const { operations } = compile(makeLargeDocument(16_000));
    const start = performance.now();
    const find = createToolSearch(operations);
    const buildMs = performance.now() - start;
    const asked = performance.now();
    const questions = ['replace an entity of a tenant', 'list all entities', 'nothing like it'];
    for (const question of questions) find(question);
    const queryMs = (performance.now() - asked) / questions.length;
    // A machine that is busy with other tests may need several times as long.
    assert.ok(buildMs < 8_000, `${buildMs} ms to build`);
    assert.ok(queryMs < 200, `${queryMs} ms a question`);
  });
});
