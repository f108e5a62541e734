import { limits } from '../../kernel/limits.ts';
import type {
  DoubtedVerdict,
  EraDecider,
  EraHost,
  EraVerdict,
  Doubt,
} from '../../mcp/client/era-resolver/era-decider.ts';
import { LegacyClient } from '../../mcp/client/legacy/legacy-client.ts';
import { SessionRefused } from '../../mcp/client/legacy/session-refused.ts';
import { EraMismatch } from '../../mcp/client/modern/era-mismatch.ts';
import { ModernClient } from '../../mcp/client/modern/modern-client.ts';
import { MODERN_VERSION } from '../../mcp/protocol.ts';
import type { ConnectorContext } from '../../upstream/contract.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpConfig } from './http-config.ts';
import { LegacyHttpChannel } from './legacy-http-channel.ts';
import { LegacySseChannel } from './legacy-sse-channel.ts';
import { ModernHttpTransport } from './modern-http-transport.ts';

/** With these, a server that has no streamable HTTP refuses to be posted to. */
const notPostable: readonly (number | undefined)[] = [400, 404, 405];

/** Decides which era a server over HTTP speaks, and over which of the legacy transports. */
export class HttpEra implements EraDecider {
  readonly #era: HttpConfig['era'];
  readonly #endpoint: Endpoint;
  readonly #context: ConnectorContext;

  constructor(era: HttpConfig['era'], endpoint: Endpoint, context: ConnectorContext) {
    this.#era = era;
    this.#endpoint = endpoint;
    this.#context = context;
  }

  async decide(host: EraHost, doubted: DoubtedVerdict | undefined): Promise<EraVerdict> {
    // Streamable HTTP was refused a moment ago: the older transport is all that is left to try.
    if (doubted !== undefined && wantsSse(doubted.verdict, doubted.error)) {
      return this.#legacy('sse');
    }
    if (this.#era === 'legacy') return this.#legacy('streamable');
    const modern = this.#modern(MODERN_VERSION, host);
    if (this.#era === 'modern') return { client: modern, transport: 'modern' };
    const evidence = await modern.probe();
    if (evidence.era === 'legacy') return this.#legacy('streamable');
    const isSame = evidence.era === 'modern';
    const client = isSame ? modern : this.#modern(evidence.protocolVersion, host);
    return { client, transport: 'modern' };
  }

  doubt(verdict: EraVerdict, error: unknown): Doubt {
    if (!(error instanceof EraMismatch || error instanceof SessionRefused)) return 'none';
    const isFixed = this.#era !== 'auto' && verdict.client.era === 'modern';
    // Such an answer means that the server did not take the request: it may be sent again.
    return isFixed ? 'none' : 'repeat';
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #modern(version: string, { closing }: EraHost): ModernClient<unknown> {
    const transport = new ModernHttpTransport(this.#endpoint, version);
    return new ModernClient(transport, this.#context.log, closing);
  }

  #legacy(transport: 'streamable' | 'sse'): EraVerdict {
    const { log } = this.#context;
    const endpoint = this.#endpoint;
    const client = new LegacyClient(
      {
        open: (receiver) =>
          transport === 'sse'
            ? LegacySseChannel.open(endpoint, receiver, log)
            : Promise.resolve(new LegacyHttpChannel(endpoint, receiver, log)),
        isolation: 'caller',
        // The older transport does not say to which call a question belongs.
        exclusive: transport === 'sse',
        asksFirst: false,
        sessionsMax: limits.sessionsPerUpstreamMax,
        sessionsPerCallerMax: limits.exclusiveSessionsMax,
        idleMs: limits.sessionIdleMs,
      },
      { changed: (change) => this.#context.changed(change) },
    );
    return { client, transport };
  }
}

/** True when a legacy server would not be posted to. */
function wantsSse({ transport }: EraVerdict, error: unknown): boolean {
  const isRefused = transport === 'streamable' && error instanceof SessionRefused;
  return isRefused && notPostable.includes(error.httpStatus);
}
