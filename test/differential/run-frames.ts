import { Agent } from 'node:http';
import { RpcError } from '../../src/kernel/errors.ts';
import { complete, FakeUpstream } from '../support/fake-upstream.ts';
import { startDoors, testKeys } from '../support/start-doors.ts';
import type { Frame } from './frame.ts';
import { sendFrame, type Outcome, type Side } from './send-frame.ts';
import { startReference } from './start-reference.ts';

/** How many frames are on the way at once. */
const LANES = 4;

/** A frame with what each side made of it. */
export interface Compared {
  readonly frame: Frame;
  readonly gateway: Outcome;
  readonly reference: Outcome;
}

function unknown(what: string): RpcError {
  return new RpcError(-32602, `There is no such ${what}`);
}

/** The same tools, prompts and resources as the reference has, behind the gateway. */
function makeUpstream(): FakeUpstream {
  return new FakeUpstream(
    {
      'tools/list': () => complete({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }),
      'tools/call': ({ params }) => {
        if (params['name'] !== 'echo') throw unknown('tool');
        return complete({ content: [{ type: 'text', text: 'x' }] });
      },
      'prompts/list': () => complete({ prompts: [{ name: 'greet' }] }),
      'prompts/get': ({ params }) => {
        if (params['name'] !== 'greet') throw unknown('prompt');
        return complete({ messages: [] });
      },
      'resources/list': () => complete({ resources: [{ name: 'one', uri: 'test://one' }] }),
      'resources/templates/list': () => complete({ resourceTemplates: [] }),
      'resources/read': ({ params }) => {
        if (params['uri'] !== 'test://one') throw unknown('resource');
        return complete({ contents: [{ uri: 'test://one', text: 'x' }] });
      },
    },
    { tools: { listChanged: true }, prompts: {}, resources: {} },
  );
}

async function openSession(side: Side): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'frames', version: '1' },
  };
  const frame = {
    era: 'legacy',
    method: 'initialize',
    change: 'none',
    httpMethod: 'POST',
  } as const;
  const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  const { session } = await sendFrame(side, { ...frame, headers, body, inSession: false });
  if (session === undefined) throw new Error('No session was opened');
  side.session = session;
  const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
  await sendFrame(side, { ...frame, headers, body: note, inSession: true });
}

/** Sends every frame to the gateway's door and to the reference. */
export async function runFrames(frames: readonly Frame[]): Promise<readonly Compared[]> {
  await using stack = new AsyncDisposableStack();
  const doors = stack.use(await startDoors());
  await doors.add('conf', makeUpstream());
  const reference = stack.use(await startReference());
  const agent = new Agent({ keepAlive: true, maxSockets: 2 * LANES });
  stack.defer(() => agent.destroy());
  const gatewaySide: Side = {
    url: () => `${doors.url}/mcp/conf`,
    headers: { authorization: `Bearer ${testKeys.a}` },
    session: '',
    agent,
  };
  const referenceSide: Side = {
    url: ({ era }) => `${reference.url}/${era}`,
    headers: {},
    session: '',
    agent,
  };
  await openSession(gatewaySide);
  await openSession(referenceSide);
  const compared: Compared[] = [];
  const waiting = frames.values();
  const lane = async (): Promise<void> => {
    for (const frame of waiting) {
      const [ours, theirs] = await Promise.all([
        sendFrame(gatewaySide, frame),
        sendFrame(referenceSide, frame),
      ]);
      compared.push({ frame, gateway: ours, reference: theirs });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return compared;
}
