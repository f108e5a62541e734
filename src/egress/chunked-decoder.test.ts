import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ChunkedDecoder } from './chunked-decoder.ts';

describe('ChunkedDecoder', () => {
  it('gives back the body from any chunking and any split of the bytes', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1 }),
        (body, cuts) => {
          const encoded = Buffer.concat([
            ...body.flatMap((piece) => [
              Buffer.from(`${piece.length.toString(16)};x=y\r\n`),
              Buffer.from(piece),
              Buffer.from('\r\n'),
            ]),
            Buffer.from('0\r\nTrailer: 1\r\n\r\nREST'),
          ]);
          const decoder = new ChunkedDecoder();
          const received: Buffer[] = [];
          let at = 0;
          for (let turn = 0; !decoder.done; turn++) {
            const cut = encoded.subarray(at, at + (cuts[turn % cuts.length] as number));
            at += decoder.write(cut, (data) => received.push(Buffer.from(data)));
          }
          assert.deepEqual(
            Buffer.concat(received),
            Buffer.concat(body.map((one) => Buffer.from(one))),
          );
          assert.equal(encoded.subarray(at).toString(), 'REST');
        },
      ),
    );
  });

  it('refuses broken framing', () => {
    for (const text of [
      'g\r\n',
      '-1\r\n',
      '1\nx',
      '1\r\nxy\r\n',
      '123456789\r\n',
      '\r\n',
      '1 \r\nx\n\n',
    ]) {
      const decoder = new ChunkedDecoder();
      assert.throws(
        () => decoder.write(Buffer.from(text), () => {}),
        { code: 'upstream_failed' },
        text,
      );
    }
    const endless = new ChunkedDecoder();
    assert.throws(() => endless.write(Buffer.alloc(5000, 0x31), () => {}), {
      code: 'upstream_failed',
    });
  });
});
