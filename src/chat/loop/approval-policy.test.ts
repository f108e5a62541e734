import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatMessage, ToolResultPart } from '../conversations/message.ts';
import { FILES, needsApproval, taintOf, type JudgedCall } from './approval-policy.ts';

const call = (annotations: object, more: Partial<JudgedCall> = {}): JudgedCall => ({
  definition: { name: 'x', annotations: { ...annotations } },
  slug: 'mail',
  isTrusted: false,
  carries: () => 'none',
  ruled: 'open',
  isAlwaysAllowed: false,
  taintedBy: new Set(),
  ...more,
});
const web = new Set(['web']);
const own = new Set(['mail']);

describe('asking before a call', () => {
  it('goes by the annotations, whose silence is no', () => {
    assert.equal(needsApproval(call({ readOnlyHint: true })), false);
    assert.equal(needsApproval(call({})), true);
    assert.equal(needsApproval({ ...call({}), definition: { name: 'x' } }), true);
    assert.equal(needsApproval(call({ destructiveHint: true })), true);
    assert.equal(needsApproval(call({ destructiveHint: false })), false);
    assert.equal(needsApproval(call({ readOnlyHint: 'true', destructiveHint: 'false' })), true);
  });

  it('goes by the rules of an administrator before anything else', () => {
    assert.equal(needsApproval(call({}, { ruled: 'exempt', taintedBy: web })), false);
    for (const ruled of ['user', 'approvers'] as const) {
      assert.equal(
        needsApproval(call({ readOnlyHint: true }, { ruled, isAlwaysAllowed: true })),
        true,
      );
    }
  });

  it('is stricter after what may not be believed', () => {
    assert.equal(needsApproval(call({ destructiveHint: false }, { taintedBy: own })), true);
    assert.equal(needsApproval(call({ readOnlyHint: true }, { taintedBy: web })), false);
    const isAlwaysAllowed = true;
    assert.equal(needsApproval(call({}, { isAlwaysAllowed })), false);
    assert.equal(needsApproval(call({}, { isAlwaysAllowed, taintedBy: own })), false);
    assert.equal(needsApproval(call({}, { isAlwaysAllowed, taintedBy: web })), true);
    const mild = { destructiveHint: false };
    assert.equal(needsApproval(call(mild, { isAlwaysAllowed, taintedBy: web })), true);
    assert.equal(needsApproval(call(mild, { isAlwaysAllowed, taintedBy: own })), false);
  });

  it('asks before reading carries out what others said', () => {
    const reads = { readOnlyHint: true };
    for (const [carried, asks, asksAlways] of [
      ['none', false, false],
      ['unknown', true, false],
      ['foreign', true, true],
    ] as const) {
      const one = { taintedBy: web, carries: () => carried };
      assert.equal(needsApproval(call(reads, one)), asks, carried);
      assert.equal(needsApproval(call(reads, { ...one, isAlwaysAllowed: true })), asksAlways);
      assert.equal(needsApproval(call(reads, { ...one, taintedBy: new Set() })), false);
      const closed = { ...reads, openWorldHint: false };
      assert.equal(needsApproval(call(closed, one)), asks, 'a hint of a stranger');
      assert.equal(needsApproval(call(closed, { ...one, isTrusted: true })), false);
      assert.equal(needsApproval(call(reads, { ...one, isTrusted: true })), asks);
    }
  });

  it('knows who answered', () => {
    const result = (tool: string, end: ToolResultPart['end'], usageId: string | null) =>
      ({
        type: 'tool_result',
        callId: tool,
        tool,
        end,
        content: [],
        durationMs: 1,
        usageId,
      }) as const;
    const parts = [
      result('web__get', 'ok', 'use_1'),
      result('safe__get', 'ok', 'use_2'),
      result('mail__send', 'denied', null),
      result('sql__query', 'error', 'use_3'),
      result('files__get', 'error', null),
      result('read_result', 'ok', null),
    ];
    const history: ChatMessage[] = [
      { id: 'm', parentId: null, role: 'tool', parts, runId: 'r', createdAtMs: 0 },
    ];
    assert.deepEqual([...taintOf(history, (slug) => slug === 'safe')], ['web', 'sql']);
    const file = { type: 'file', mediaType: 'application/pdf', artifactId: 'a' } as const;
    const sent = { ...history[0], role: 'user', parts: [file] } as ChatMessage;
    assert.deepEqual([...taintOf([sent], () => true)], [FILES]);
  });
});
