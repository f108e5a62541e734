import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../test/support/control-plane.ts';
import { limits } from '../../../kernel/limits.ts';
import { readBody } from './read-body.ts';

const KEYS = '/api/v1/keys';

/** A body of exactly so many bytes, sent in pieces and without saying its length. */
function pieces(bytes: number, onPull: () => void = () => {}): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      onPull();
      if (left === 0) return controller.close();
      const piece = Buffer.alloc(Math.min(left, 65_536), ' ');
      if (left === bytes) piece.write('{}');
      left -= piece.length;
      controller.enqueue(new Uint8Array(piece));
    },
  });
}

function request(body: ReadableStream<Uint8Array>, headers: Record<string, string>): Request {
  const init = { method: 'POST', body, headers, duplex: 'half' };
  return new Request('http://127.0.0.1/api/v1/keys', init);
}

const JSON_HEADERS = { 'content-type': 'application/json' };

describe('a body', () => {
  const plane = new ControlPlane();
  const send = (body: string, headers: Record<string, string> = {}) =>
    plane.send('POST', KEYS, { as: 'adminA', body, headers });

  test('must be JSON by its type, so that no foreign page can send it unasked', async () => {
    const refused = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/json; charset=utf-8; x=y',
      'application/json, text/plain',
      'application/jsonp',
      ' ',
    ];
    for (const type of refused) {
      problemOf(await send('{"name":"x"}', { 'content-type': type }), 'unsupported_media_type');
    }
    for (const type of ['application/json', 'APPLICATION/JSON;charset="UTF-8"']) {
      const came = await send('{"name":"x"}', { 'content-type': type });
      assert.equal(came.status, 201);
    }
  });

  test('must not be compressed', async () => {
    for (const encoding of ['gzip', 'br', 'identity, gzip']) {
      const came = await send('{"name":"x"}', { 'content-encoding': encoding });
      problemOf(came, 'unsupported_media_type');
    }
    assert.equal((await send('{"name":"x"}', { 'content-encoding': 'identity' })).status, 201);
  });

  test('must be one JSON value', async () => {
    for (const body of ['', ' ', '{', '{}{}', '{}x', '{"name":NaN}', "{'name':'x'}", '\u0000']) {
      problemOf(await send(body), 'parse_error');
    }
    for (const body of ['null', '[]', '"x"', '5', 'true']) {
      problemOf(await send(body), 'invalid_params');
    }
  });

  test('must be UTF-8; a byte order mark does no harm', async () => {
    const bytes = (...octets: number[]) => new Blob([new Uint8Array(octets)]).stream();
    const bounds = { bytesMax: 100, depthMax: 4 };
    await assert.rejects(readBody(request(bytes(0x22, 0xff, 0x22), JSON_HEADERS), bounds), {
      code: 'parse_error',
    });
    await assert.rejects(readBody(request(bytes(0x22, 0xc0, 0x80, 0x22), JSON_HEADERS), bounds), {
      code: 'parse_error',
    });
    const marked = bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d);
    assert.deepEqual(await readBody(request(marked, JSON_HEADERS), bounds), {});
  });

  test('may have requestBodyBytesMax bytes and not one more', async () => {
    const max = limits.requestBodyBytesMax;
    const text = (bytes: number) => `{"name":"x"}${' '.repeat(bytes - 12)}`;
    assert.equal((await send(text(max))).status, 201);
    problemOf(await send(text(max + 1)), 'payload_too_large');
  });

  test('may have documentBytesMax bytes where documents travel', async () => {
    const max = limits.documentBytesMax;
    const text = (bytes: number) => `{"url":"http://x"}${' '.repeat(bytes - 18)}`;
    const send = (body: string) => plane.send('POST', '/register-service', { as: 'adminA', body });
    assert.equal((await send(text(max))).status, 201);
    const came = await send(text(max + 1));
    problemOf(came, 'payload_too_large');
    assert.equal(came.headers.get('connection'), 'close');
  });

  test('is counted as it comes when its length is not told', async () => {
    const max = 200_000;
    const bounds = { bytesMax: max, depthMax: 4 };
    assert.deepEqual(await readBody(request(pieces(max), JSON_HEADERS), bounds), {});
    let pulls = 0;
    const endless = request(
      pieces(max * 100, () => (pulls += 1)),
      JSON_HEADERS,
    );
    await assert.rejects(readBody(endless, bounds), { code: 'payload_too_large' });
    assert.ok(pulls < 10, `${pulls} pieces were read`);
  });

  test('is refused unread when its length is told and too large', async () => {
    let pulls = 0;
    const body = pieces(100, () => (pulls += 1));
    await Promise.resolve();
    const before = pulls;
    const headers = { ...JSON_HEADERS, 'content-length': '101' };
    const bounds = { bytesMax: 100, depthMax: 4 };
    await assert.rejects(readBody(request(body, headers), bounds), { code: 'payload_too_large' });
    assert.equal(pulls, before);
  });

  test('may be nested jsonDepthMax levels and not one more', async () => {
    const nested = (depth: number) => `{"name":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    problemOf(await send(nested(limits.jsonDepthMax)), 'invalid_params');
    problemOf(await send(nested(limits.jsonDepthMax + 1)), 'parse_error');
    const started = performance.now();
    problemOf(await send(nested(1_000_000)), 'parse_error');
    assert.ok(performance.now() - started < 500);
  });

  test('may be nested documentDepthMax levels where documents travel', async () => {
    const send = (depth: number) => {
      const deep = `${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}`;
      const body = `{"openapi":{"x":${deep}}}`;
      return plane.send('POST', '/register-service', { as: 'adminA', body });
    };
    assert.equal((await send(limits.documentDepthMax)).status, 201);
    problemOf(await send(limits.documentDepthMax + 1), 'parse_error');
  });

  test('is not touched before the caller is known', async () => {
    let pulls = 0;
    const body = pieces(1_000_000, () => (pulls += 1));
    // The stream fills its own queue once when it is made.
    await Promise.resolve();
    const before = pulls;
    const response = await plane.api.fetch(request(body, JSON_HEADERS));
    assert.equal(response.status, 401);
    assert.equal(pulls, before);
  });
});
