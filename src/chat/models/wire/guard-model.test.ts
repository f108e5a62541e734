import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { HttpEgress } from '../../../egress/http-egress.ts';
import { openKind } from '../kinds/open-kind.ts';
import type { ProviderKind } from '../provider.ts';
import { guardModel } from './guard-model.ts';
import { createModelFetch } from './model-fetch.ts';
import { ModelFailure } from './model-failure.ts';

const chatPiece = {
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'Half an' }, finish_reason: null }],
};

/** The beginning of an answer on each wire that is text. */
const beginnings: Readonly<Partial<Record<ProviderKind, readonly object[]>>> = {
  openai: [
    { type: 'response.created', response: { id: 'r1', created_at: 1, model: 'm' } },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { type: 'message', id: 'i1' },
    },
    {
      type: 'response.output_text.delta',
      item_id: 'i1',
      output_index: 0,
      content_index: 0,
      delta: 'Half an',
    },
  ],
  openai_chat: [chatPiece],
  mistral: [chatPiece],
  openai_compatible: [chatPiece],
  anthropic: [
    {
      type: 'message_start',
      message: { id: 'm1', model: 'm', usage: { input_tokens: 3, output_tokens: 0 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half an' } },
  ],
  google: [{ candidates: [{ content: { role: 'model', parts: [{ text: 'Half an' }] } }] }],
};

test('an answer whose connection ends well before its end is cut off all the same', async (t) => {
  let events: readonly object[] = [];
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.0/8'] } });
  t.after(async () => {
    await egress[Symbol.asyncDispose]();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const fetch = createModelFetch(egress, { firstByteMs: 5_000, idleMs: 5_000 });
  const kinds = Object.keys(beginnings) as readonly (keyof typeof beginnings)[];
  assert.equal(kinds.length, 6);
  for (const kind of kinds) {
    events = beginnings[kind] ?? [];
    const settings = { kind, baseUrl } as never;
    const open = () => openKind({ settings, key: 'k', modelId: 'm', fetch });
    const subject = { name: 'acme/m', secrets: ['k'] };
    const model = guardModel({ provider: kind, modelId: 'm', open }, subject);
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
    const parts: LanguageModelV4StreamPart[] = [];
    const { stream } = await model.doStream({ prompt });
    for await (const part of stream) parts.push(part);
    const text = parts.flatMap((part) => (part.type === 'text-delta' ? part.delta : [])).join('');
    assert.equal(text, 'Half an', kind);
    const failed = parts.find((part) => part.type === 'error');
    assert.ok(failed?.error instanceof ModelFailure, `${kind}: ${JSON.stringify(parts.at(-1))}`);
    assert.ok(failed.error.isWorthFallback, kind);
  }
});
