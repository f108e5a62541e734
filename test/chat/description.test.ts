import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatRoutes } from '../../src/http/api/resources/chat/chat-routes.ts';
import { responseRoutes } from '../../src/http/api/resources/chat/responses/response-routes.ts';
import { completionRoutes } from '../../src/http/api/resources/chat/openai/completion-routes.ts';
import { conversationRoutes } from '../../src/http/api/resources/chat/conversation-routes.ts';
import { inspectionRoutes } from '../../src/http/api/resources/chat/inspection-routes.ts';
import { uiRoutes } from '../../src/http/api/resources/chat/ui-routes.ts';
import { ControlPlane } from '../support/control-plane.ts';
import { memoryAuditLog } from '../support/memory-audit-store.ts';

test('the description of the API has the doors of the chat', async () => {
  const deps = { chat: () => assert.fail(), audit: memoryAuditLog([], []) };
  const routes = [
    chatRoutes,
    completionRoutes,
    responseRoutes,
    conversationRoutes,
    uiRoutes,
  ].flatMap((make) => make(deps));
  const plane = new ControlPlane({}, [...routes, ...inspectionRoutes(deps)]);
  plane.api.describe();
  const { json } = await plane.send('GET', '/openapi.json');
  const { paths } = json as { readonly paths: Readonly<Record<string, object>> };
  const named = ['/chat', '/v1/chat/completions', '/v1/responses', '/v1/responses/{response}'];
  assert.ok(
    named.every((path) => path in paths),
    Object.keys(paths).join(' '),
  );
});
