import type { Cancellation } from '../../../kernel/cancellation.ts';
import type { GatewayError } from '../../../kernel/errors.ts';
import type { ChannelReceiver, LiveChannel } from '../peer-channel.ts';
import { readServerMessage } from '../../wire/server-message.ts';
import { evidenceOfError, evidenceOfResult, type EraEvidence } from '../modern/era-evidence.ts';
import { modernRequestText } from '../modern/modern-request-text.ts';
import { MODERN_VERSION } from '../../protocol.ts';

/** What the first question on a channel came to. */
export type ProbeResult =
  | EraEvidence
  /** The server ended instead of answering, as some legacy servers do. */
  | { readonly era: 'legacy-fragile' }
  /** No answer yet: a legacy server that ignores the question, or a slow start. */
  | { readonly era: 'silent' };

/** Its answer is told from those of the peers, whose ids count from 1. */
const PROBE_ID = 0;

/**
 * Asks on a fresh channel for the server's era with `server/discover` (2026-07-28
 * basic/transports/stdio, "Backward Compatibility"). Stands between the channel and the peer: an
 * answer that comes after the probe gave up waiting is reported by `late`.
 */
export class EraProbe implements ChannelReceiver {
  readonly late: Promise<EraEvidence>;
  #next: ChannelReceiver | undefined;
  #isUnanswered = true;
  #answered: (result: ProbeResult) => void = () => {};
  #answeredLate: (evidence: EraEvidence) => void = () => {};

  constructor() {
    this.late = new Promise((resolve) => {
      this.#answeredLate = resolve;
    });
  }

  /** Whether the server has said nothing to the question so far. */
  get isUnanswered(): boolean {
    return this.#isUnanswered;
  }

  /** Asks and waits for the answer, the end of the channel, or the end of patience. */
  ask(channel: LiveChannel, closing: Cancellation, patienceMs: number): Promise<ProbeResult> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered({ era: 'silent' }), patienceMs);
      let undo = (): void => {};
      this.#answered = (result) => {
        clearTimeout(timer);
        undo();
        resolve(result);
      };
      undo = closing.onCancel(() => this.#answered({ era: 'legacy-fragile' }));
      const content = { method: 'server/discover', params: {}, client: { capabilities: {} } };
      const text = modernRequestText(
        PROBE_ID,
        { ...content, wantsProgress: false },
        MODERN_VERSION,
      );
      if (channel.isAlive) channel.request(PROBE_ID, text);
      else this.#answered({ era: 'legacy-fragile' });
    });
  }

  /** Everything but the probe's own answer goes to this receiver from now on. */
  handTo(next: ChannelReceiver): void {
    this.#next = next;
  }

  received(bytes: Buffer): Promise<void> | undefined {
    const message = bytes[0] === 0x5b ? undefined : readServerMessage(bytes);
    const isAnswer = message?.kind === 'result' || message?.kind === 'error';
    if (!isAnswer || message.id !== PROBE_ID) return this.#next?.received(bytes);
    this.#isUnanswered = false;
    const evidence = judge(message);
    this.#answered(evidence);
    this.#answeredLate(evidence);
    return undefined;
  }

  isPending(id: number): boolean {
    return this.#next?.isPending(id) === true;
  }

  failed(id: number, error: unknown): void {
    this.#next?.failed(id, error);
  }

  forgotten(): void {
    this.#next?.forgotten();
  }

  closed(error: GatewayError): void {
    this.#answered({ era: 'legacy-fragile' });
    this.#next?.closed(error);
  }
}

function judge(
  message: Extract<ReturnType<typeof readServerMessage>, { kind: 'result' | 'error' }>,
): EraEvidence {
  try {
    if (message.kind === 'error') return evidenceOfError(message.error);
    return evidenceOfResult(message.result.value);
  } catch {
    // A modern server that refuses this very question: it says what it is all the same.
    return { era: 'modern-other', protocolVersion: MODERN_VERSION };
  }
}
