import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formEntries, jsonEntries, multipartEntries, otherEntries } from './body-entries.ts';
import { openapi32Entries, swagger2Entries } from './dialect-entries.ts';
import { styleEntries, valueEntries } from './parameter-entries.ts';
import { runWireCases } from './run-wire-cases.ts';
import { wireDocument, type WireEntry } from './wire-document.ts';

const common = [
  ...styleEntries,
  ...valueEntries,
  ...jsonEntries,
  ...formEntries,
  ...multipartEntries,
  ...otherEntries,
];

const suites = [
  ['2.0', swagger2Entries],
  ['3.0.4', common.filter(({ id }) => !id.startsWith('cookie_cookie'))],
  ['3.1.1', common.filter(({ id }) => !id.startsWith('cookie_cookie'))],
  ['3.2.0', [...common, ...openapi32Entries]],
] as const satisfies readonly (readonly [string, readonly WireEntry[]])[];

describe('what arrives at the API', () => {
  for (const [dialect, entries] of suites) {
    test(`OpenAPI ${dialect}: ${entries.length} calls`, async () => {
      const { document, cases } = wireDocument(dialect, entries);
      const outcomes = await runWireCases(document, cases);
      const failed = outcomes.filter(({ problem }) => problem !== undefined);
      assert.deepEqual(failed, []);
      assert.equal(outcomes.length, entries.length);
    });
  }

  test('there are enough different cases', () => {
    const ids = new Set([...common, ...swagger2Entries, ...openapi32Entries].map(({ id }) => id));
    assert.ok(ids.size >= 140, `only ${ids.size}`);
  });
});
