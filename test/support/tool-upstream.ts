import { GatewayError } from '../../src/kernel/errors.ts';
import { complete, FakeUpstream } from './fake-upstream.ts';

const schema = { type: 'object' };
const tools = ['echo', 'hang', 'noisy', 'ask', 'flood'].map((name) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: schema,
}));

interface ToolUpstream {
  readonly upstream: FakeUpstream;
  readonly ended: string[];
  /** Lists the tools otherwise from now on. */
  change(): void;
}

/** An upstream with a tool for each way a call can go, and what it saw of calls that hung. */
export function toolUpstream(): ToolUpstream {
  let generation = 0;
  const ended: string[] = [];
  const upstream = new FakeUpstream({
    'tools/list': () => complete({ tools: generation === 0 ? tools : tools.slice(generation) }),
    'resources/list': () => complete({ resources: [{ name: 'r', uri: 'test://r' }] }),
    'resources/templates/list': () => complete({ resourceTemplates: [] }),
    'prompts/list': () => complete({ prompts: [{ name: 'p' }] }),
    'prompts/get': () => complete({ messages: [] }),
    'resources/read': ({ params }) => complete({ contents: [{ uri: params['uri'] as string }] }),
    'tools/call': async ({ params }, io) => {
      const name = params['name'];
      if (name === 'hang') {
        return await new Promise((_, reject) => {
          io.cancellation.onCancel((reason) => {
            ended.push(reason);
            reject(new GatewayError('cancelled'));
          });
        });
      }
      if (name === 'noisy') {
        await io.notify({ method: 'notifications/progress', params: { progress: 1, total: 2 } });
        await io.notify({ method: 'notifications/message', params: { level: 'info', data: 'x' } });
        // Some clients forget a call's progress when its result is in the same piece of bytes.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      if (name === 'flood') {
        const data = 'x'.repeat(64 * 1024);
        while (io.cancellation.reason === undefined) {
          await io.notify({ method: 'notifications/message', params: { level: 'info', data } });
          await new Promise((resolve) => setImmediate(resolve));
        }
        ended.push(io.cancellation.reason);
        throw new GatewayError('cancelled');
      }
      if (name === 'ask' && params['inputResponses'] === undefined) {
        const params = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } };
        return {
          resultType: 'input_required',
          inputRequests: { who: { method: 'elicitation/create', params } },
        };
      }
      const given = params['inputResponses'] ?? params['arguments'] ?? {};
      return complete({ content: [{ type: 'text', text: JSON.stringify(given) }] });
    },
  });
  return { upstream, ended, change: () => void generation++ };
}
