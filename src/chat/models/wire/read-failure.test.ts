import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { readFailure } from './read-failure.ts';
import type { FailureKind } from './model-failure.ts';

const KEY = 'planted-0123456789-key';
const subject = { name: 'acme/model', secrets: [KEY] };

const answered = (statusCode: number, body: unknown, responseHeaders: object = {}) =>
  Object.assign(new Error('Request failed'), {
    statusCode,
    responseBody: typeof body === 'string' ? body : JSON.stringify(body),
    responseHeaders,
    requestBodyValues: { prompt: 'private' },
  });

test('answers of providers are told apart by status and by what they say', () => {
  const errors: readonly (readonly [unknown, FailureKind])[] = [
    [answered(429, { error: { code: 'insufficient_quota' } }), 'quota'],
    [answered(402, ''), 'quota'],
    [answered(429, '<html>slow down</html>'), 'rate_limited'],
    [answered(529, { error: { type: 'overloaded_error' } }), 'rate_limited'],
    [answered(502, ''), 'provider_failed'],
    [answered(307, ''), 'provider_failed'],
    [answered(200, 'no JSON'), 'provider_failed'],
    [answered(403, ''), 'bad_key'],
    [answered(400, { error: { status: 'INVALID', details: ['API_KEY_INVALID'] } }), 'bad_key'],
    [answered(400, { error: { code: 'context_length_exceeded' } }), 'too_long'],
    [answered(413, ''), 'too_long'],
    [answered(400, { error: { code: 'content_filter' } }), 'refused'],
    [answered(400, { error: { code: 'model_not_found' } }), 'no_such_model'],
    [answered(422, ''), 'bad_request'],
    [answered(408, ''), 'timeout'],
    [new GatewayError('egress_denied'), 'address_denied'],
    [new GatewayError('upstream_unavailable'), 'unreachable'],
    [new GatewayError('upstream_timeout'), 'timeout'],
    [new GatewayError('upstream_failed'), 'cut_off'],
    [new Error('no', { cause: new GatewayError('upstream_failed') }), 'cut_off'],
    [new DOMException('stop', 'AbortError'), 'cancelled'],
    [new DOMException('late', 'TimeoutError'), 'timeout'],
    [{ type: 'overloaded_error', message: 'Overloaded' }, 'rate_limited'],
    ['garbage', 'provider_failed'],
    [undefined, 'provider_failed'],
  ];
  for (const [error, kind] of errors) {
    const failure = readFailure(error, subject);
    assert.equal(failure.kind, kind, JSON.stringify(error));
    assert.equal(readFailure(failure, subject), failure, 'read once');
  }
});

test('a pause is read in every form that providers write', () => {
  const pauseOf = (headers: object) =>
    readFailure(answered(429, '', headers), subject).retryAfterMs;
  assert.equal(pauseOf({ 'Retry-After': '7' }), 7_000);
  assert.equal(pauseOf({ 'retry-after-ms': '350', 'retry-after': '1' }), 350);
  assert.equal(pauseOf({ 'retry-after': 'soon' }), undefined);
  assert.equal(pauseOf({}), undefined);
});

test('whatever a provider says, a user sees none of it, and a log no secret', () => {
  const said = fc.string({ minLength: 4, maxLength: 500 }).map((text) => `«${text}»`);
  const status = fc.constantFrom(200, 302, 400, 401, 404, 429, 500);
  fc.assert(
    fc.property(said, status, (text, code) => {
      const body = { error: { message: `${KEY} ${text}`, code: KEY, type: text } };
      const failure = readFailure(answered(code, body), subject);
      assert.equal(failure.message.includes('«'), false);
      assert.equal(failure.message.includes(KEY), false);
      assert.equal(failure.detail?.includes(KEY), false);
      assert.equal(failure.detail?.includes('private'), false);
      assert.ok((failure.detail?.length ?? 0) <= limits.modelFailureDetailCharactersMax);
      assert.equal(failure.cause, undefined);
    }),
  );
  const lengthOf = (length: number) =>
    readFailure(new Error('x'.repeat(length)), { ...subject, secrets: [] }).detail?.length;
  const max = limits.modelFailureDetailCharactersMax;
  assert.deepEqual([lengthOf(max), lengthOf(max + 1)], [max, max]);
  const partly = answered(401, {
    error: { message: 'Incorrect API key provided: sk-pr*****cdef' },
  });
  assert.doesNotMatch(readFailure(partly, subject).detail ?? '', /cdef/);
});
