import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { scanObject } from '../../kernel/json-scan.ts';
import { ResultScanner } from './result-scanner.ts';

/** Feeds bytes cut at the places; returns what was handed on. */
function feed(scanner: ResultScanner, bytes: Buffer, cuts: readonly number[]): Buffer {
  const handedOn: Buffer[] = [];
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  let from = 0;
  for (const place of places.toSorted((a, b) => a - b)) {
    const piece = scanner.feed(bytes.subarray(from, place));
    if (piece !== undefined) handedOn.push(Buffer.from(piece));
    from = place;
  }
  return Buffer.concat(handedOn);
}

const long = fc
  .tuple(fc.constantFrom('x', '\\', '"', '\\"', 'ü', '{', '}'), fc.integer({ min: 40, max: 200 }))
  .map(([unit, count]) => unit.repeat(count));
const member = fc.oneof(fc.jsonValue(), long, fc.array(fc.dictionary(fc.string(), long)));
const results = fc.record(
  {
    content: member,
    resultType: fc.constantFrom('complete', 'input_required', 'task'),
    isError: fc.boolean(),
    _meta: fc.dictionary(fc.string(), member),
    other: member,
  },
  { requiredKeys: [] },
);
const messages = fc
  .tuple(results, fc.oneof(fc.nat(), fc.string()), fc.shuffledSubarray(['jsonrpc', 'id', 'result']))
  .map(([result, id, order]) => {
    const all: Record<string, unknown> = { jsonrpc: '2.0', id, result };
    const names = ['result', ...order.filter((name) => name !== 'result')];
    const at = order.indexOf('result');
    const sorted = at <= 0 ? names : [...order];
    return Object.fromEntries(sorted.map((name) => [name, all[name]]));
  });

describe('ResultScanner', () => {
  it('finds the result of any response, however it is spaced and cut', () => {
    let split = 0;
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 0, max: 2 }),
        fc.array(fc.nat()),
        (message, indent, cuts) => {
          const bytes = Buffer.from(`${JSON.stringify(message, null, indent)} \n`);
          const scanner = new ResultScanner();
          const handedOn = feed(scanner, bytes, cuts);
          const span = scanObject(bytes).members.get('result');
          const expected = bytes.subarray(span?.start, (span?.end ?? 0) - 1);
          assert.equal(handedOn.toString('latin1'), expected.toString('latin1'));
          assert.equal(scanner.isDone, true);
          const result = message['result'] as Record<string, unknown>;
          assert.deepEqual(
            scanner.id,
            JSON.parse(JSON.stringify(message['id'] ?? null)) ?? undefined,
          );
          assert.equal(scanner.resultType, result['resultType']);
          assert.equal(scanner.isError, result['isError']);
          assert.equal(
            scanner.looksComplete,
            'content' in result || result['resultType'] === 'complete',
          );
          if (cuts.length > 1) split++;
        },
      ),
      { numRuns: 2_000 },
    );
    assert.ok(split > 200);
  });

  it('says how far it is', () => {
    const scanner = new ResultScanner();
    assert.equal(scanner.feed(Buffer.from('{"id":1,"resu')), undefined);
    assert.equal(scanner.feed(Buffer.from('lt": {"a":[1,{'))?.toString(), '{"a":[1,{');
    assert.deepEqual([scanner.hasResult, scanner.isDone, scanner.id], [true, false, 1]);
    assert.equal(scanner.feed(Buffer.from('}]}'))?.toString(), '}]');
    assert.equal(scanner.isDone, false);
    assert.equal(scanner.feed(Buffer.from('} ')), undefined);
    assert.equal(scanner.isDone, true);
  });

  it('refuses what is no response with one result object', () => {
    for (const text of [
      '[',
      '{"result":1',
      '{"result":[',
      '{"result":{},"result":{',
      '{"id":1,"id":2',
      '{"result":{"isError":true,"isError":f',
      '{"method":"x"',
      '{"error":{',
      '{"result":{} "id"',
      '{"id" 1',
      '{id:1',
      '{"id":1,}',
      '{"result":{}}x',
      `{"${'n'.repeat(5_000)}`,
      `{"id":"${'n'.repeat(5_000)}`,
      '{"\\x":',
    ]) {
      for (const cuts of [[], Array.from(text, (_, index) => index)]) {
        assert.throws(() => feed(new ResultScanner(), Buffer.from(text), cuts), SyntaxError, text);
      }
    }
  });
});
