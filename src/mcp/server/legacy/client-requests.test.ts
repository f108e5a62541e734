import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancellation } from '../../../kernel/cancellation.ts';
import { isJsonObject, objectMember, type JsonObject } from '../../../kernel/json.ts';
import { ClientRequests } from './client-requests.ts';

/** Asks one question; resolves to the parameters that the client was sent. */
async function sent(params: JsonObject, protocolVersion: string): Promise<JsonObject> {
  const requests = new ClientRequests();
  const frames: JsonObject[] = [];
  const sink = {
    message: (text: string) => {
      const frame: unknown = JSON.parse(text);
      assert.ok(isJsonObject(frame));
      frames.push(frame);
      const { id } = frame;
      assert.ok(typeof id === 'string');
      queueMicrotask(() => {
        requests.settle({ kind: 'response', id, result: { action: 'accept' } });
      });
      return undefined;
    },
  };
  const question = { method: 'elicitation/create', params };
  const round = await requests.ask({ one: question }, sink, new Cancellation(), protocolVersion);
  assert.deepEqual(round.responses, { one: { action: 'accept' } });
  return objectMember(frames[0] ?? {}, 'params') ?? {};
}

describe('a question to a legacy client', () => {
  const visit = { mode: 'url', message: 'Sign in.', url: 'https://example.com/' };

  test('has the id that 2025-11-25 wants on a URL', async () => {
    const { elicitationId, ...rest } = await sent(visit, '2025-11-25');
    assert.ok(typeof elicitationId === 'string' && elicitationId.length >= 32);
    assert.deepEqual(rest, visit);
    const again = await sent(visit, '2025-11-25');
    assert.notEqual(again['elicitationId'], elicitationId);
  });

  test('keeps the id that the service gave it', async () => {
    const named = { ...visit, elicitationId: 'e1' };
    assert.deepEqual(await sent(named, '2025-11-25'), named);
  });

  test('has no id and no mode where they are unknown', async () => {
    const form = { mode: 'form', message: 'Name?', requestedSchema: { type: 'object' } };
    assert.deepEqual(await sent(form, '2025-11-25'), form);
    const { mode: _mode, ...rest } = form;
    assert.deepEqual(await sent(form, '2025-06-18'), rest);
  });
});
