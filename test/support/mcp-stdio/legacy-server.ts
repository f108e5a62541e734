// A legacy server on stdio with a tool for every thing a server can do. Flags change how it meets
// the question for its era: --ignore-discover, --die-on-discover.
import { answer, fail, onMessage, send, text, type Message, type Params } from './wire.ts';

const flags = new Set(process.argv.slice(2));
const asked = new Map<number | string, (message: Message) => void>();
const cancelled: (string | number)[] = [];
const remembered: string[] = [];
let client: Params = {};
let logLevel = 'none';
let lastAsked = 0;

function ask(method: string, params?: object): Promise<Message> {
  lastAsked++;
  const id = `ask-${lastAsked}`;
  send(params === undefined ? { id, method } : { id, method, params });
  return new Promise((resolve) => asked.set(id, resolve));
}

const form = (message: string): object => ({
  message,
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
});

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Tool = (args: Params, request: Message) => Promise<object> | object;

const tools: Readonly<Record<string, Tool>> = {
  echo: (args) => text(args),
  pid: () => text(String(process.pid)),
  remember: (args) => {
    remembered.push(String(args['word']));
    return text(remembered);
  },
  client: () => text(client),
  cancelled: () => text(cancelled),
  level: () => text(logLevel),
  crash: () => process.exit(3),
  slow: async (args) => {
    await later(Number(args['ms']));
    return text('slow');
  },
  never: () => new Promise(() => {}),
  ask: async () => {
    const { result, error } = await ask('elicitation/create', form('Who are you?'));
    return text(result ?? error);
  },
  askTwice: async () => {
    const first = await ask('elicitation/create', form('First?'));
    const second = await ask('elicitation/create', form('Second?'));
    return text([first.result, second.result]);
  },
  askBoth: async () => {
    const both = [ask('elicitation/create', form('A?')), ask('roots/list')];
    const [first, second] = await Promise.all(both);
    return text([first?.result, second?.result]);
  },
  sample: async () => {
    const params = { messages: [], maxTokens: 5 };
    return text((await ask('sampling/createMessage', params)).result);
  },
  progress: async (_args, request) => {
    const progressToken = (request.params?.['_meta'] as Params | undefined)?.['progressToken'];
    for (const progress of [1, 2]) {
      send({ method: 'notifications/progress', params: { progressToken, progress } });
    }
    await later(5);
    return text(typeof progressToken);
  },
  log: () => {
    for (const level of ['debug', 'warning']) {
      send({ method: 'notifications/message', params: { level, data: level } });
    }
    return text('logged');
  },
  change: () => {
    send({ method: 'notifications/tools/list_changed' });
    for (const uri of ['test://watched', 'test://other']) {
      send({ method: 'notifications/resources/updated', params: { uri } });
    }
    return text('changed');
  },
  visit: () => text('visited'),
};

const watched: string[] = [];
let visited = false;

async function call(message: Message): Promise<void> {
  const name = String(message.params?.['name']);
  const tool = tools[name];
  if (tool === undefined) return fail(message.id, -32602, 'Unknown tool');
  if (name === 'visit' && !visited) {
    visited = true;
    const elicitations = [
      { mode: 'url', url: 'https://example.com/', message: 'Go', elicitationId: 'e' },
    ];
    return fail(message.id, -32042, 'Visit first', { elicitations });
  }
  answer(message.id, await tool((message.params?.['arguments'] ?? {}) as Params, message));
}

function handle(message: Message): void {
  const { id, method, params } = message;
  switch (method) {
    case undefined:
      asked.get(id as string)?.(message);
      return;
    case 'server/discover':
      if (flags.has('--die-on-discover')) process.exit(1);
      if (!flags.has('--ignore-discover')) fail(id, -32601, 'Method not found');
      return;
    case 'initialize':
      client = params ?? {};
      answer(id, {
        protocolVersion: '2025-06-18',
        capabilities: {
          tools: { listChanged: true },
          resources: { subscribe: true },
          logging: {},
          tasks: {},
        },
        serverInfo: { name: 'legacy-fixture', version: '1' },
        instructions: 'Be kind.',
      });
      return;
    case 'notifications/cancelled':
      cancelled.push(params?.['requestId'] as string);
      return;
    case 'logging/setLevel':
      logLevel = String(params?.['level']);
      answer(id, {});
      return;
    case 'resources/subscribe':
      watched.push(String(params?.['uri']));
      answer(id, {});
      return;
    case 'resources/read':
      if (params?.['uri'] === 'test://watched') answer(id, { contents: [], watched });
      else fail(id, -32002, 'Resource not found');
      return;
    case 'tools/list':
      answer(id, { tools: Object.keys(tools).map((name) => ({ name, vendor: 1 })) });
      return;
    case 'tools/call':
      void call(message);
      return;
    default:
      if (id !== undefined) fail(id, -32601, 'Method not found');
  }
}

onMessage(handle);
