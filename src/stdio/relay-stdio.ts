import { setTimeout as sleep } from 'node:timers/promises';
import {
  PacedWriter,
  standardPace,
  type DuplexLine,
  type Pace,
} from '../gateway/calls/paced-writer.ts';
import { limits } from '../kernel/limits.ts';
import { MessageLines, type StdioEnd, type StdioStreams } from './message-lines.ts';
import { OwedAnswers } from './owed-answers.ts';

const LOOK_MS = 20;

/** A connection to a gateway that runs already. */
export interface GatewayConnection extends DuplexLine {
  /** Calls the listener for each message of the gateway. */
  onMessage(listener: (message: Buffer) => void): void;
  /** Resolves with one sentence when the connection is lost. */
  readonly lost: Promise<string>;
  /** Closes the connection in order. */
  close(): Promise<void>;
}

/** How a relay ended: the client's end, or the sentence that says why the gateway is gone. */
export type RelayEnd = { readonly client: StdioEnd } | { readonly lost: string };

/**
 * Passes messages between a local client and a gateway, each as it is; resolves when either leaves.
 * Whoever reads slowly slows the other down.
 */
export async function relayStdio(
  gateway: GatewayConnection,
  streams: StdioStreams,
  pace: Pace = standardPace,
): Promise<RelayEnd> {
  const owed = new OwedAnswers();
  const lines = new MessageLines(streams, (line) => {
    owed.asked(line);
    void toGateway.send(line);
  });
  // Each side's reading is paused by what the other side has not taken.
  const toGateway = new PacedWriter(crossed(gateway, lines), pace);
  const toClient = new PacedWriter(crossed(lines, gateway), pace);
  gateway.onMessage((message) => {
    owed.answered(message);
    void toClient.send(message);
  });
  const end = await Promise.race([
    lines.ended.then((client) => ({ client })),
    gateway.lost.then((lost) => ({ lost })),
  ]);
  lines.stop();
  const untilMs = Date.now() + limits.stdioLingerMs;
  const isHeard = 'client' in end && end.client === 'input_ended';
  while (isHeard && owed.size > 0 && Date.now() < untilMs) await sleep(LOOK_MS);
  toGateway.close();
  await gateway.close();
  toClient.close();
  return end;
}

/** Writes to one side and holds the other side back. */
function crossed(to: DuplexLine, from: DuplexLine): DuplexLine {
  return {
    write: (message, taken) => to.write(message, taken),
    queuedBytes: () => to.queuedBytes(),
    pause: () => from.pause(),
    resume: () => from.resume(),
    cut: () => to.cut(),
  };
}
