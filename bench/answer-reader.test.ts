import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createAnswerReader } from './answer-reader.ts';
import type { ReadState } from './chunked-body.ts';

const sized = (body: string): string =>
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n' +
  `Content-Length: ${body.length}\r\n\r\n${body}`;

const chunked = (parts: readonly string[]): string =>
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' +
  [...parts, ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');

// Every piece is handed over in a buffer that is overwritten afterwards, as the reader must expect.
function readAll(
  text: string,
  cuts: readonly number[],
): {
  readonly reader: ReturnType<typeof createAnswerReader>;
  readonly states: readonly ReadState[];
} {
  const reader = createAnswerReader();
  const edges = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length];
  const sorted = edges.toSorted((left, right) => left - right);
  const states: ReadState[] = [];
  for (let index = 1; index < sorted.length; index += 1) {
    const piece = Buffer.from(text.slice(sorted[index - 1], sorted[index]), 'latin1');
    if (piece.length > 0) states.push(reader.push(piece));
    piece.fill(0);
  }
  return { reader, states };
}

const bodyText = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', '"'), maxLength: 40 });
const cutList = fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 });

test('a sized answer is complete exactly at its last byte, however it is cut', () => {
  fc.assert(
    fc.property(bodyText, cutList, (body, cuts) => {
      const { reader, states } = readAll(sized(body), cuts);
      assert.equal(states.at(-1), 'complete');
      assert.ok(states.slice(0, -1).every((state) => state === 'more'));
      assert.equal(reader.status(), 200);
      assert.equal(reader.bodyBytes(), body.length);
      assert.ok(reader.bodyContains(body));
    }),
  );
});

test('a chunked answer is joined without its framing, however it is cut', () => {
  const parts = fc.array(
    bodyText.filter((part) => part.length > 0),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(parts, cutList, (pieces, cuts) => {
      const { reader, states } = readAll(chunked(pieces), cuts);
      assert.equal(states.at(-1), 'complete');
      assert.ok(states.slice(0, -1).every((state) => state === 'more'));
      const body = pieces.join('');
      assert.equal(reader.bodyBytes(), body.length);
      assert.ok(reader.bodyContains(body));
    }),
  );
});

test('of a long body both ends are kept, also across fragments', () => {
  const body = `first${'-'.repeat(100_000)}last`;
  const text = sized(body);
  for (const cut of [text.length - 1, text.length - 2, text.length - 5000]) {
    const { reader, states } = readAll(text, [4000, cut]);
    assert.equal(states.at(-1), 'complete');
    assert.ok(reader.bodyContains('first') && reader.bodyContains('last'));
    assert.ok(!reader.bodyContains('absent'));
  }
});

test('one reader reads answer after answer and forgets the one before', () => {
  const reader = createAnswerReader();
  assert.equal(reader.push(Buffer.from(chunked(['one']))), 'complete');
  reader.reset();
  assert.equal(reader.push(Buffer.from(sized('two'))), 'complete');
  assert.ok(reader.bodyContains('two') && !reader.bodyContains('one'));
  reader.reset();
  assert.equal(reader.push(Buffer.from('HTTP/1.1 202 Accepted\r\n\r\n')), 'complete');
  assert.equal(reader.status(), 202);
});

test('what is not exactly one answer is broken', () => {
  const broken = [
    `${sized('body')}x`,
    `${chunked(['body'])}x`,
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'SSH-2.0-other\r\n\r\n',
  ];
  for (const text of broken) assert.equal(createAnswerReader().push(Buffer.from(text)), 'broken');
});
