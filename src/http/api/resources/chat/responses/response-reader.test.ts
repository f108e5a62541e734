import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ChatRun } from '../../../../../chat/chat-run.ts';
import type { RunEvent, RunWait } from '../../../../../chat/loop/agent-engine.ts';
import { itemId, readResponseId, responseId, responseOfItem } from './response-id.ts';
import type { OutputItem } from './response-items.ts';
import { ResponseReader, type ResponseEvent } from './response-reader.ts';

const runId = `chr_${'0123456789abcdef'.repeat(2)}`;
const tools = [{ name: 'mine', description: '', inputSchema: {} }];
const run = { id: runId, caller: { tools } } as unknown as ChatRun;

const words = fc.string({ minLength: 1, maxLength: 5 });
const callId = fc.constantFrom('a', 'b', 'c');
const tool = fc.constantFrom('mine', 'notes__read', 'search_tools');
const wait = fc.record({
  kind: fc.constantFrom('approval', 'question', 'caller'),
  callId,
  tool,
  id: fc.constantFrom('w1', 'w2'),
  message: fc.constant(''),
}) as fc.Arbitrary<RunWait>;
const event = fc.oneof(
  fc.record({ type: fc.constant('text'), text: words }),
  fc.record({ type: fc.constant('reasoning'), text: words }),
  fc.record({
    type: fc.constant('tool_call'),
    callId,
    mark: fc.constant('t1'),
    service: fc.constantFrom('notes', null),
    tool,
    arguments: fc.constant({ n: 1 }),
  }),
  fc.record({
    type: fc.constant('tool_result'),
    result: fc.record({
      callId,
      tool,
      end: fc.constantFrom('ok', 'error', 'denied'),
      content: fc.constant([{ type: 'text', text: 'x' }]),
    }),
    cost: fc.constant(null),
  }),
  fc.record({
    type: fc.constant('waiting'),
    waits: fc.array(wait, { minLength: 1, maxLength: 3 }),
  }),
  fc.constant({ type: 'reset' }),
  fc.constant({ type: 'resumed' }),
  fc.constant({ type: 'finished', reason: 'done' }),
) as fc.Arbitrary<RunEvent>;

/** The output as a client puts it together from the stream. */
function gathered(events: readonly ResponseEvent[]): OutputItem[] {
  const output: OutputItem[] = [];
  const texts = new Map<unknown, string>();
  for (const one of events) {
    const at = one['output_index'] as number;
    if (one.type === 'response.output_item.added') {
      assert.equal(at, output.length, 'items are added in order');
      output.push(one['item'] as OutputItem);
    } else if (one.type === 'response.output_item.done') {
      output[at] = one['item'] as OutputItem;
    } else {
      assert.equal(output[at]?.id, one['item_id'], one.type);
    }
    if (one.type.endsWith('.delta')) {
      const id = one['item_id'];
      texts.set(id, (texts.get(id) ?? '') + String(one['delta']));
    }
    const whole = one['text'] ?? one['arguments'];
    if (one.type.endsWith('.done') && whole !== undefined) {
      assert.equal(whole, texts.get(one['item_id']), 'deltas are the whole');
    }
  }
  return output;
}

test('what a stream says adds up to the output, and the same events say the same', () => {
  let responses = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 25 }), (events) => {
      const numbered = events.map((one, at) => ({ seq: at + 1, event: one }));
      for (let after = 0; after !== -1; responses++) {
        const readAll = () => {
          const reader = new ResponseReader(run, { runId, after });
          const said = numbered.flatMap((one) => [...reader.read(one)]);
          return { reader, said };
        };
        const { reader, said } = readAll();
        assert.deepEqual(readAll().said, said);
        assert.ok(reader.isKnown);
        const isOpen = reader.end === undefined;
        const output = gathered(said);
        assert.deepEqual(output, reader.output);
        const unfinished = output.filter(({ status }) => status === 'in_progress');
        assert.ok(unfinished.length <= (isOpen ? 1 : 0));
        const ends = numbered.find(
          ({ seq, event: one }) =>
            seq > after &&
            (one.type === 'finished' ||
              (one.type === 'waiting' && one.waits.some(({ kind }) => kind !== 'question'))),
        );
        assert.equal(isOpen, ends === undefined);
        after = ends?.event.type === 'waiting' ? ends.seq : -1;
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(responses > 550, `${responses} responses`);
});

test('a response begins where another one ended, and nowhere else', () => {
  const waits: readonly RunWait[] = [
    { kind: 'caller', callId: 'a', tool: 'mine', id: 'a', message: '' },
  ];
  const events = [{ type: 'waiting', waits }, { type: 'resumed' }, { type: 'waiting', waits }];
  const read = (after: number) => {
    const reader = new ResponseReader(run, { runId, after });
    for (const [at, one] of events.entries()) {
      for (const _ of reader.read({ seq: at + 1, event: one as RunEvent }));
    }
    return [reader.isKnown, reader.before];
  };
  assert.deepEqual([0, 1, 2, 3].map(read), [
    [true, undefined],
    [true, 0],
    [false, 1],
    [true, 1],
  ]);
});

test('ids name the response and its items, and nothing else is one', () => {
  fc.assert(
    fc.property(fc.nat({ max: 99_999 }), fc.nat({ max: 999 }), (after, at) => {
      const place = { runId, after };
      assert.deepEqual(readResponseId(responseId(place)), place);
      assert.deepEqual(responseOfItem(itemId('msg', place, at)), place);
      assert.ok(itemId('mcp', place, at).length <= 64);
    }),
  );
  for (const id of [
    '',
    'resp_',
    `resp_${'g'.repeat(32)}`,
    runId,
    `${responseId({ runId, after: 1 })}_2`,
  ])
    assert.equal(readResponseId(id), undefined, id);
  fc.assert(fc.property(fc.string(), (text) => readResponseId(text) === undefined));
});
