import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { Inspector } from '../../policy/guardrails/detect/inspector.ts';
import { capturedContent } from './captured-content.ts';

const inspector = new Inspector(silentLog);
after(() => inspector[Symbol.asyncDispose]());
const nothing = { inspect: () => Promise.resolve([[], []]) };

// Put together here: whoever looks through the source for secrets must find none.
const TOKEN = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');

test('secrets and personal data are replaced by what they were', async () => {
  const content: Json = {
    note: `use ${TOKEN} for ada@mail.example`,
    password: 'correct-horse-battery-9',
    card: 4_111_111_111_111_111,
    count: 3,
  };
  const text = JSON.stringify(await capturedContent(content, inspector));
  for (const secret of [TOKEN, 'ada@mail.example', 'correct-horse', '4111111111111111']) {
    assert.ok(!text.includes(secret), text);
  }
  assert.match(text, /\[redacted:github_token\] for \[redacted:email\]/);
  assert.match(text, /"count":3/);
});

test('what no detector looks into is left out', async () => {
  const file = 'QUJD'.repeat(300);
  assert.deepEqual(await capturedContent({ data: file, list: [file] }, nothing), {
    data: '[1200 characters left out]',
    list: ['[1200 characters left out]'],
  });
});

test('content of captureBytesMax is kept whole, a longer one from its beginning', async () => {
  // Quotation marks and brackets are two bytes each.
  const whole = ['word '.repeat(limits.captureBytesMax).slice(0, limits.captureBytesMax - 4)];
  assert.deepEqual(await capturedContent(whole, nothing), whole);
  const long = [`${whole[0]}é`];
  const cut = (await capturedContent(long, nothing)) as { beginning: string; bytes: number };
  assert.equal(cut.bytes, limits.captureBytesMax + 2);
  assert.ok(Buffer.byteLength(cut.beginning) <= limits.captureBytesMax);
  assert.ok(!cut.beginning.includes('\u{fffd}'), 'no half of a character');
});

test('content of captureReadBytesMax is looked through, a larger one is not', async () => {
  let looked = 0;
  const counting = { inspect: () => Promise.resolve((looked++, [[], []])) };
  const text = 'word '.repeat(limits.captureReadBytesMax).slice(0, limits.captureReadBytesMax - 2);
  await capturedContent(text, counting);
  assert.equal(looked, 1);
  assert.deepEqual(await capturedContent(`${text}.`, counting), {
    leftOut: true,
    bytes: limits.captureReadBytesMax + 1,
  });
  assert.equal(looked, 1);
});

test('what cannot be looked through is not kept', async () => {
  const away = { inspect: () => Promise.reject(new Error('away')) };
  await assert.rejects(capturedContent({ a: 'b' }, away), /away/);
});
