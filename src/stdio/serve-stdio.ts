import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation, type ConversationContext } from '../gateway/calls/conversation.ts';
import { PacedWriter, standardPace, type Pace } from '../gateway/calls/paced-writer.ts';
import { errorResponse } from '../mcp/wire/message-text.ts';
import { GatewayError, toRpcErrorObject } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { MessageLines, type StdioEnd, type StdioStreams } from './message-lines.ts';

/** What else a test may set. */
export interface StdioOptions {
  readonly pace?: Pace;
  /** Ends the conversation as if the client had; owed answers still leave. */
  readonly stopped?: Promise<unknown>;
}

const LOOK_MS = 20;

/**
 * Serves one local client until it closes its end; resolves with the reason. Answers that are owed
 * then may still come for `limits.stdioLingerMs`.
 */
export async function serveStdio(
  context: ConversationContext,
  streams: StdioStreams,
  options: StdioOptions = {},
): Promise<StdioEnd | 'stopped'> {
  const lines = new MessageLines(streams, (line) => conversation.receive(line));
  const writer = new PacedWriter(lines, options.pace ?? standardPace);
  const conversation = new Conversation(context, writer);
  const stopped = options.stopped?.then(() => 'stopped' as const) ?? lines.ended;
  const reason = await Promise.race([lines.ended, stopped]);
  lines.stop();
  if (reason === 'line_too_long') {
    const text = `A line is longer than ${limits.requestBodyBytesMax} bytes.`;
    const error = new GatewayError('payload_too_large', text);
    void writer.message(errorResponse(null, toRpcErrorObject(error)));
  }
  conversation.retire();
  const untilMs = Date.now() + limits.stdioLingerMs;
  const canHear = reason !== 'output_closed' && reason !== 'slow_reader';
  while (canHear && conversation.running > 0 && Date.now() < untilMs) await sleep(LOOK_MS);
  conversation.cutAll();
  // What was cut just now still gets its answer out.
  await new Promise((resolve) => setImmediate(resolve));
  conversation.close();
  writer.close();
  return reason;
}
