import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ChatMessage, MessagePart } from '../conversations/message.ts';
import { fitHistory, LEFT_OUT, tokensOf } from './fit-history.ts';

let made = 0;
function message(role: ChatMessage['role'], ...parts: readonly MessagePart[]): ChatMessage {
  return { id: `m${made++}`, parentId: null, role, parts, runId: 'r', createdAtMs: 0 };
}
const says = (role: ChatMessage['role'], length: number): ChatMessage =>
  message(role, { type: 'text', text: 'w'.repeat(length) });
const step = (callId: string, length: number): readonly ChatMessage[] => [
  message('assistant', {
    type: 'tool_call',
    callId,
    mark: 't1',
    tool: 'a__b',
    arguments: {},
  }),
  message('tool', {
    type: 'tool_result',
    callId,
    tool: 'a__b',
    end: 'ok',
    content: [{ type: 'text', text: 'r'.repeat(length) }],
    durationMs: 1,
    usageId: null,
  }),
];

const sizeOf = (history: readonly ChatMessage[]): number =>
  history.reduce((sum, { parts }) => sum + tokensOf(parts), 0);

function leftOut(history: readonly ChatMessage[]): readonly string[] {
  return history.flatMap(({ parts }) =>
    parts.flatMap((part) =>
      part.type === 'tool_result' &&
      part.content.some((one) => 'text' in one && one.text === LEFT_OUT)
        ? part.callId
        : [],
    ),
  );
}

describe('a branch that has to fit into a window', () => {
  const branch = [
    says('user', 100),
    ...step('c1', 4_000),
    ...step('c2', 4_000),
    says('assistant', 100),
    says('user', 100),
    ...step('c3', 4_000),
  ];
  const whole = sizeOf(branch);

  it('stays whole up to the number of tokens, and loses the oldest result beyond it', () => {
    assert.equal(fitHistory(branch, whole).history.length, branch.length);
    assert.deepEqual(leftOut(fitHistory(branch, whole).history), []);
    const tight = fitHistory(branch, whole - 1);
    assert.deepEqual([leftOut(tight.history), tight.resultsLeftOut], [['c1'], 1]);
    assert.deepEqual(leftOut(fitHistory(branch, whole - 1_500).history), ['c1', 'c2']);
  });

  it('then loses whole turns, and what the last step brought last of all', () => {
    const last = fitHistory(branch, 1_200);
    assert.equal(last.messagesLeftOut, 6);
    assert.deepEqual(leftOut(last.history), []);
    const least = fitHistory(branch, 1);
    assert.deepEqual(leftOut(least.history), ['c3']);
    assert.equal(least.history.length, 3);
  });

  it('keeps calls and results together, whatever the branch and the window', () => {
    const piece = fc.oneof(
      fc.nat(3_000).map((length) => [says('user', length)]),
      fc.nat(3_000).map((length) => [says('assistant', length)]),
      fc.nat(9_000).map((length) => step(`c${made}`, length)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(9_000), (pieces, tokensMax) => {
        const given = [says('user', 10), ...pieces.flat()];
        const { history, messagesLeftOut } = fitHistory(given, tokensMax);
        assert.deepEqual(
          history.map(({ id }) => id),
          given.slice(messagesLeftOut).map(({ id }) => id),
        );
        assert.equal(history[0]?.role, 'user');
        const ids = (type: 'tool_call' | 'tool_result'): readonly string[] =>
          history.flatMap(({ parts }) =>
            parts.flatMap((part) => (part.type === type ? part.callId : [])),
          );
        assert.deepEqual(ids('tool_call'), ids('tool_result'));
        assert.ok(sizeOf(history) <= Math.max(sizeOf(given), 0));
      }),
    );
  });
});
