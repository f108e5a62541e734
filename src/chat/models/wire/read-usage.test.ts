import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readUsage } from './read-usage.ts';

test('usage is read as totals whose parts fit into them, or not at all', () => {
  const count = fc.oneof(
    fc.nat(),
    fc.constantFrom(undefined, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY),
  );
  fc.assert(
    fc.property(count, count, count, count, count, (input, cached, written, output, thought) => {
      const usage = readUsage({
        inputTokens: { total: input, noCache: 0, cacheRead: cached, cacheWrite: written },
        outputTokens: { total: output, text: 0, reasoning: thought },
      });
      if (usage === undefined) return;
      assert.equal(usage.inputTokens, input);
      assert.equal(usage.outputTokens, output);
      assert.ok(usage.cachedTokens + usage.cacheWriteTokens <= usage.inputTokens);
      assert.ok(usage.reasoningTokens <= usage.outputTokens);
      for (const number of Object.values(usage)) {
        assert.ok(typeof number === 'boolean' || (Number.isSafeInteger(number) && number >= 0));
      }
    }),
  );
  assert.equal(readUsage(undefined), undefined);
});
