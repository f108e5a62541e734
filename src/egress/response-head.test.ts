import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseResponseHead } from './response-head.ts';

const head = (...lines: string[]): string => lines.join('\r\n');

describe('parseResponseHead', () => {
  it('reads status, headers and framing', () => {
    const parsed = parseResponseHead(
      head('HTTP/1.1 200 OK', 'Content-Type: text/plain', 'X-A: 1', 'x-a: 2', 'Content-Length: 12'),
      'POST',
    );
    assert.equal(parsed.status, 200);
    assert.equal(parsed.headers['x-a'], '1, 2');
    assert.deepEqual(parsed.framing, { kind: 'length', bytes: 12 });
    assert.equal(parsed.keepAlive, true);
  });

  it('knows when there is no body and when the connection ends', () => {
    const none = parseResponseHead(head('HTTP/1.1 204 No Content'), 'GET');
    assert.equal(none.framing.kind, 'none');
    const close = parseResponseHead(head('HTTP/1.1 200 OK'), 'GET');
    assert.deepEqual([close.framing.kind, close.keepAlive], ['close', false]);
    const old = parseResponseHead(head('HTTP/1.0 200 OK', 'Content-Length: 1'), 'GET');
    assert.equal(old.keepAlive, false);
    const asked = parseResponseHead(
      head('HTTP/1.1 200 OK', 'Content-Length: 1', 'Connection: close'),
      'GET',
    );
    assert.equal(asked.keepAlive, false);
    assert.equal(
      parseResponseHead(head('HTTP/1.1 200 OK', 'Content-Length: 9'), 'HEAD').framing.kind,
      'none',
    );
  });

  it('refuses heads that two readers could read differently', () => {
    const bad = [
      head('HTTP/2 200 OK'),
      head('HTTP/1.1 99 No'),
      head('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2'),
      head('HTTP/1.1 200 OK', 'Content-Length: +1'),
      head('HTTP/1.1 200 OK', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
      head('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked'),
      head('HTTP/1.1 200 OK', 'Bad Name: 1'),
      head('HTTP/1.1 200 OK', 'Name : 1'),
      head('HTTP/1.1 200 OK', ' folded: 1'),
      head('HTTP/1.1 200 OK', 'no colon'),
    ];
    for (const text of bad) {
      assert.throws(() => parseResponseHead(text, 'GET'), { code: 'upstream_failed' }, text);
    }
  });
});
