import assert from 'node:assert/strict';
import type { ServerChange } from '../../../src/mcp/client/change-filter.ts';
import { LegacyClient } from '../../../src/mcp/client/legacy/legacy-client.ts';
import type { LegacyTransport } from '../../../src/mcp/client/legacy/legacy-transport.ts';
import type { McpOutcome } from '../../../src/mcp/message.ts';
import { FakeLegacyServer, type FakeAnswer } from './fake-legacy-server.ts';

/** The capabilities of a client that can be asked. */
export const asking = { elicitation: {} };
/** What `usual` asks. */
export const question = { id: 'q', method: 'elicitation/create', params: { message: 'Who?' } };
/** Another caller than that of `toolCall`. */
export const other = { tenant: 't', grantId: 'other' };
/** Lets messages arrive. */
export const soon = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks on `ask`, answers `never` never, and everything else at once. */
export const usual: FakeAnswer = (message, session) => {
  const name = message.params?.['name'];
  if (message.method === 'tools/call' && name === 'ask')
    void session.say(question, message.id as number);
  if (message.method === 'tools/call' && (name === 'ask' || name === 'never')) return undefined;
  return message.method === undefined ? undefined : { said: name ?? message.method };
};

/** A client of a server that answers so. */
export function startLegacyClient(
  answer: FakeAnswer = usual,
  more: Partial<LegacyTransport> & { parkedCallMs?: number } = {},
): { server: FakeLegacyServer; client: LegacyClient; changes: ServerChange[] } {
  const { parkedCallMs, ...transport } = more;
  const server = new FakeLegacyServer(answer);
  const changes: ServerChange[] = [];
  const changed = (change: ServerChange): void => void changes.push(change);
  const options = parkedCallMs === undefined ? { changed } : { changed, parkedCallMs };
  return { server, client: new LegacyClient(server.transport(transport), options), changes };
}

/** The key of the question that an outcome asks first. */
export const keyOf = (outcome: McpOutcome): string => {
  assert.equal(outcome.resultType, 'input_required');
  return Object.keys(outcome.inputRequests ?? {})[0] as string;
};

/** What a retry must bring back. */
export const stateOf = (outcome: McpOutcome): { requestState: string } => {
  assert.equal(outcome.resultType, 'input_required');
  return { requestState: outcome.requestState as string };
};
