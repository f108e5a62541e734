import { GatewayError } from '../../../kernel/errors.ts';
import type { Log } from '../../../kernel/log.ts';
import { MODERN_VERSION } from '../../protocol.ts';
import type { ServerChange } from '../change-filter.ts';
import type { EraClient } from '../era-client.ts';
import { LegacyClient } from '../legacy/legacy-client.ts';
import type { LegacyTransport } from '../legacy/legacy-transport.ts';
import { SessionRefused } from '../legacy/session-refused.ts';
import { ChannelTransport } from '../modern/channel-transport.ts';
import { ModernClient } from '../modern/modern-client.ts';
import type { ChannelReceiver, LiveChannel, PeerChannel } from '../peer-channel.ts';
import type { Doubt, EraDecider, EraHost, EraVerdict } from './era-decider.ts';
import { EraProbe } from './era-probe.ts';

/** How a server behind channels is reached. */
export interface ChannelEraOptions {
  /** Which protocol era is spoken; `auto` asks the server. */
  readonly era: 'auto' | 'modern' | 'legacy';
  /** How long a server may take to say what it is before it is asked the legacy way too. */
  readonly probeMs: number;
  /** Opens a channel. Throws GatewayError when that cannot be done now. */
  launch(receiver: ChannelReceiver): Promise<LiveChannel>;
  /** How legacy sessions use channels. */
  readonly legacy: Omit<LegacyTransport, 'open'>;
  /** Told what a legacy server reports of itself. */
  changed(change: ServerChange): void;
  /** Ends every channel and opens no more. */
  close(): Promise<void>;
  readonly log: Log;
}

/** A channel that the probe has questioned and that a client may take over. */
interface ProbedChannel {
  readonly channel: LiveChannel;
  readonly probe: EraProbe;
}

/**
 * Decides which era a server speaks that is reached by channels that carry messages both ways
 * (stdio, WebSocket). The first question on a channel is the probe's.
 */
export class ChannelEra implements EraDecider {
  readonly #options: ChannelEraOptions;

  constructor(options: ChannelEraOptions) {
    this.#options = options;
  }

  async decide(host: EraHost): Promise<EraVerdict> {
    const { era, launch, probeMs } = this.#options;
    if (era === 'legacy') return verdictOf(this.#legacy(undefined));
    if (era === 'modern') return verdictOf(await this.#modern(host, MODERN_VERSION, undefined));
    const probe = new EraProbe();
    const channel = await launch(probe);
    const found = await probe.ask(channel, host.closing, probeMs);
    switch (found.era) {
      case 'modern':
        return verdictOf(await this.#modern(host, MODERN_VERSION, { channel, probe }));
      case 'modern-other':
        return verdictOf(await this.#modern(host, found.protocolVersion, { channel, probe }));
      case 'legacy':
        return verdictOf(this.#legacy({ channel, probe }));
      case 'legacy-fragile':
        return verdictOf(this.#legacy(undefined));
      case 'silent':
        return verdictOf(await this.#whicheverAnswers(host, { channel, probe }));
      default:
        throw new GatewayError('internal', found satisfies never);
    }
  }

  /** A server that refuses legacy sessions is asked for its era again on the next use. */
  doubt({ client }: EraVerdict, error: unknown): Doubt {
    return client.era === 'legacy' && error instanceof SessionRefused ? 'drop' : 'none';
  }

  close(): Promise<void> {
    return this.#options.close();
  }

  /** A silent server is asked the legacy way too; what it answers first decides. */
  async #whicheverAnswers(host: EraHost, probed: ProbedChannel): Promise<EraClient> {
    const legacy = this.#legacy(probed);
    const undo = host.closing.onCancel(() => void legacy[Symbol.asyncDispose]());
    const opened = legacy.discover().then(
      () => 'legacy' as const,
      (error: unknown) => {
        // It started slowly and died of the probe's question, not of the session.
        if (probed.probe.isUnanswered && !probed.channel.isAlive) return 'legacy-fragile' as const;
        throw error;
      },
    );
    const answered = probed.probe.late.then(({ era }) => (era === 'legacy' ? opened : era));
    try {
      const found = await Promise.race([opened, answered]);
      if (found === 'legacy') return legacy;
      opened.catch(() => {});
      await legacy[Symbol.asyncDispose]();
      if (found === 'legacy-fragile') return this.#legacy(undefined);
    } catch (error) {
      await legacy[Symbol.asyncDispose]();
      throw error;
    } finally {
      undo();
    }
    return this.#modern(host, MODERN_VERSION, undefined);
  }

  #legacy(probed: ProbedChannel | undefined): LegacyClient {
    let unused = probed;
    const open = async (receiver: ChannelReceiver): Promise<PeerChannel> => {
      const ready = unused;
      unused = undefined;
      if (ready?.channel.isAlive === true) return take(ready, receiver);
      return this.#options.launch(receiver);
    };
    const { changed, legacy } = this.#options;
    return new LegacyClient({ open, ...legacy }, { changed: (change) => changed(change) });
  }

  async #modern(
    host: EraHost,
    version: string,
    probed: ProbedChannel | undefined,
  ): Promise<EraClient> {
    const transport = new ChannelTransport((error) => host.lost(client, error), version);
    const client = new ModernClient(transport, this.#options.log, host.closing);
    await transport.connect((receiver) =>
      probed === undefined
        ? this.#options.launch(receiver)
        : Promise.resolve(take(probed, receiver)),
    );
    return client;
  }
}

function verdictOf(client: EraClient): EraVerdict {
  return { client, transport: client.era };
}

/** The questioned channel as the channel of a client. */
function take({ channel, probe }: ProbedChannel, receiver: ChannelReceiver): PeerChannel {
  probe.handTo(receiver);
  return channel;
}
