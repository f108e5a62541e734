// A modern server on stdio. --slow-start answers its first message late; --die-on-first FILE ends
// on its very first message, once.
import { existsSync, writeFileSync } from 'node:fs';
import { answer, fail, onMessage, send, text, type Message, type Params } from './wire.ts';

const flags = new Set(process.argv.slice(2));
const subscriptionKey = 'io.modelcontextprotocol/subscriptionId';
const cancelled: unknown[] = [];
let listening: Message['id'];

const metaOf = (message: Message): Params => (message.params?.['_meta'] ?? {}) as Params;

function notifyListener(method: string, params: Params): void {
  send({ method, params: { ...params, _meta: { [subscriptionKey]: listening } } });
}

function call(message: Message): void {
  const { id, params } = message;
  const result = { resultType: 'complete' };
  switch (params?.['name']) {
    case 'meta':
      return answer(id, { ...result, ...text(metaOf(message)) });
    case 'cancelled':
      return answer(id, { ...result, ...text(cancelled) });
    case 'never':
      return;
    case 'crash':
      return process.exit(4);
    case 'progress':
      send({
        method: 'notifications/progress',
        params: { progressToken: metaOf(message)['progressToken'], progress: 1 },
      });
      return answer(id, { ...result, ...text('done') });
    case 'log':
      for (const level of ['debug', 'error']) {
        send({ method: 'notifications/message', params: { level, data: level } });
      }
      return answer(id, { ...result, ...text('done') });
    case 'ask':
      if (params['inputResponses'] !== undefined) {
        return answer(id, {
          ...result,
          ...text([params['inputResponses'], params['requestState']]),
        });
      }
      return answer(id, {
        resultType: 'input_required',
        inputRequests: { who: { method: 'elicitation/create', params: { message: 'Who?' } } },
        requestState: 'state-1',
        _meta: { vendor: 1, 'io.modelcontextprotocol/serverInfo': {} },
      });
    case 'odd':
      return answer(id, { resultType: 'odd' });
    case 'change':
      notifyListener('notifications/tools/list_changed', {});
      notifyListener('notifications/resources/updated', { uri: 'test://a' });
      return answer(id, { ...result, ...text('changed') });
    case 'end':
      answer(listening, { resultType: 'complete', _meta: { [subscriptionKey]: listening } });
      return answer(id, { ...result, ...text('ended') });
    default:
      fail(id, -32602, 'Unknown tool');
  }
}

function handle(message: Message): void {
  const { id, method, params } = message;
  switch (method) {
    case 'server/discover':
      return answer(id, {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: flags.has('--announce') ? { listChanged: true } : {} },
        instructions: 'Modern.',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'modern-fixture', version: '1' } },
      });
    case 'tools/call':
      return call(message);
    case 'subscriptions/listen':
      listening = id;
      return notifyListener('notifications/subscriptions/acknowledged', {
        notifications: params?.['notifications'],
      });
    case 'notifications/cancelled':
      cancelled.push(params?.['requestId']);
      return;
    default:
      if (id !== undefined) fail(id, -32601, 'Method not found');
  }
}

const [mode, file] = process.argv.slice(2);
if (mode === '--die-on-first' && file !== undefined && !existsSync(file)) {
  writeFileSync(file, '');
  process.stdin.once('data', () => process.exit(1));
} else if (flags.has('--slow-start')) setTimeout(() => onMessage(handle), 400);
else onMessage(handle);
