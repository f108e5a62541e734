import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runWireCases } from './run-wire-cases.ts';
import { wireDocument } from './wire-document.ts';
import { wireSuites } from './wire-suites.ts';

describe('what arrives at the API', () => {
  for (const [dialect, entries] of wireSuites) {
    test(`OpenAPI ${dialect}: ${entries.length} calls`, async () => {
      const { document, cases } = wireDocument(dialect, entries);
      const outcomes = await runWireCases(document, cases);
      const failed = outcomes.filter(({ problem }) => problem !== undefined);
      assert.deepEqual(failed, []);
      assert.equal(outcomes.length, entries.length);
    });
  }

  test('there are enough different cases', () => {
    const ids = new Set(wireSuites.flatMap(([, entries]) => entries.map(({ id }) => id)));
    assert.ok(ids.size >= 170, `only ${ids.size}`);
  });
});
