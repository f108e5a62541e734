import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWaits } from './answer-waits.ts';

/** Answers with these lines, one after the other; undefined once they are used up. */
function typing(...lines: readonly string[]) {
  const left = [...lines];
  const prompts: string[] = [];
  const ask = (prompt: string): Promise<string | undefined> => {
    prompts.push(prompt);
    return Promise.resolve(left.shift());
  };
  return { ask, prompts };
}

const properties = {
  name: { type: 'string', description: 'Whose?' },
  count: { type: 'integer' },
  isSure: { type: 'boolean' },
  size: { type: 'string', enum: ['small', 'large'] },
};
const schema = { type: 'object', properties, required: ['name', 'size'] };
const question = { id: 'c1.who', kind: 'question', call_id: 'c1', tool: 'a__b', message: 'Who?' };

test('a question is answered field by field, each by its type', async () => {
  const { ask, prompts } = typing('yes', 'Ada', 'x', '1.5', '3', 'perhaps', 'y', 'huge', 'large');
  const answers = await answerWaits({ waiting: [{ ...question, schema }] }, () => '', ask);
  const content = { name: 'Ada', count: 3, isSure: true, size: 'large' };
  assert.deepEqual(answers, [{ id: 'c1.who', response: { action: 'accept', content } }]);
  assert.match(prompts.join('\n'), /Whose\?.*\n.*count \(integer\)[^]*size \(small, large\)/);
});

test('what is not required may be left out; who leaves cancels', async () => {
  const some = typing('yes', 'Ada', '', '', '', 'small');
  const wait = { waiting: [{ ...question, schema }] };
  const [answer] = await answerWaits(wait, () => '', some.ask);
  const content = { name: 'Ada', size: 'small' };
  assert.deepEqual(answer?.['response'], { action: 'accept', content });
  const [left] = await answerWaits(wait, () => '', typing('yes', 'Ada').ask);
  assert.deepEqual(left?.['response'], { action: 'cancel' });
  const [none] = await answerWaits(wait, () => '', typing().ask);
  assert.deepEqual(none?.['response'], { action: 'decline' });
});

test('a page to go to is shown, and approvals default to no', async () => {
  const url = { ...question, url: 'https://a.example/\u001b[31mred' };
  const { ask, prompts } = typing('yes');
  const [answer] = await answerWaits({ waiting: [url] }, () => '', ask);
  assert.deepEqual(answer?.['response'], { action: 'accept' });
  assert.match(prompts[0] ?? '', /Go to https:\/\/a\.example\/\[31mred/);
  const approval = { ...question, kind: 'approval', id: 'apr_1' };
  for (const [line, said] of [
    ['always', { approve: true, always: true }],
    ['y', { approve: true }],
    ['no', { approve: false }],
    [undefined, { approve: false }],
  ] as const) {
    const person = typing(...(line === undefined ? [] : ['what?', line]));
    const [one] = await answerWaits({ waiting: [approval] }, () => '{"to":1}', person.ask);
    assert.deepEqual(one, { id: 'apr_1', ...said });
    assert.match(person.prompts[0] ?? '', /a__b \{"to":1\}/);
  }
});
