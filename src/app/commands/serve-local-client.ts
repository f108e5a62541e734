import { setTimeout as sleep } from 'node:timers/promises';
import type { FirstAdmin } from '../../identity/ensure-first-admin.ts';
import { dialGateway, type DialledGateway } from '../../http/doors/websocket/dial-gateway.ts';
import type { Endpoint } from '../../gateway/exchange.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Admit } from '../../kernel/principal.ts';
import type { StdioStreams } from '../../stdio/message-lines.ts';
import { relayStdio } from '../../stdio/relay-stdio.ts';
import { serveStdio } from '../../stdio/serve-stdio.ts';
import type { Config } from '../config/config-schema.ts';
import { dataFolderProblem } from '../data-folder.ts';
import { listenUrl } from '../listen-url.ts';
import { startApp } from '../start-app.ts';
import { stop } from '../stop.ts';
import { waitReady } from '../wait-ready.ts';

const HANDOVER_LOOK_MS = 100;

/** A program on this machine that talks on standard streams. */
export interface LocalClient {
  readonly streams: StdioStreams;
  /** The slug of the one service it gets; everything when absent. */
  readonly service: string | undefined;
  /** Whose calls they are; the first administrator's when absent and the gateway is our own. */
  readonly key: string | undefined;
  /** A gateway to relay to, instead of one of our own. */
  readonly gatewayUrl: string | undefined;
  /** Resolves when the process is told to stop. */
  readonly stopped: Promise<unknown>;
  /** Tells people what happens, one sentence at a time. */
  say(sentence: string): void;
  showFirstAdmin(admin: FirstAdmin): void;
}

/**
 * Serves one local client until it leaves: by a gateway of its own on the data folder, or, when a
 * gateway runs on that folder already, by relaying to that one. Rejects with one sentence.
 */
export async function serveLocalClient(
  config: Config,
  log: Log,
  client: LocalClient,
): Promise<void> {
  const { directory } = config.data;
  if (client.gatewayUrl !== undefined) {
    await relay(await dial(client.gatewayUrl, client), client, '');
    return;
  }
  const untilMs = Date.now() + limits.stdioHandoverMs;
  let problem = dataFolderProblem(directory);
  while (problem !== undefined) {
    const url = listenUrl(config);
    const gateway = await dial(url, client).catch((error: unknown) => {
      // Clients start a server anew before the one before has let go of the folder.
      const isRefused = error instanceof GatewayError && error.code === 'unauthenticated';
      if (!isRefused && Date.now() < untilMs) return undefined;
      throw error instanceof GatewayError ? explain(`${problem} `, error) : error;
    });
    if (gateway !== undefined) {
      await relay(gateway, client, `${problem} `);
      return;
    }
    await sleep(HANDOVER_LOOK_MS);
    problem = dataFolderProblem(directory);
  }
  await serveByOwnGateway(config, log, client);
}

function explain(because: string, error: GatewayError): GatewayError {
  return new GatewayError(error.code, `${because}${error.message}`, { cause: error });
}

async function dial(url: string, { key, service }: LocalClient): Promise<DialledGateway> {
  if (key === undefined) {
    const text = `To relay to ${url}, give an API key in MCP_GATEWAY_KEY or with --key.`;
    throw new GatewayError('invalid_configuration', text);
  }
  return await dialGateway({ url, path: service === undefined ? '/ws' : `/ws/${service}`, key });
}

async function relay(gateway: DialledGateway, client: LocalClient, because: string): Promise<void> {
  client.say(`${because}Relaying this client to the gateway at ${gateway.url}.`);
  void client.stopped.then(() => gateway.close());
  const end = await relayStdio(gateway, client.streams);
  if ('lost' in end) throw new GatewayError('upstream_unavailable', end.lost);
}

async function serveByOwnGateway(config: Config, log: Log, client: LocalClient): Promise<void> {
  const { app, ready } = await startApp(config, log, (one) => client.showFirstAdmin(one), {
    localCaller: client.key === undefined,
  });
  try {
    const { gateway } = app;
    const admit = () => app.localCaller ?? app.admit(client.key, '/mcp');
    await checkKey(admit, config.data.directory);
    const endpoint: Endpoint =
      client.service === undefined ? { kind: 'all' } : { kind: 'service', slug: client.service };
    await waitReady(ready);
    client.say(`Serving this client from the data folder ${config.data.directory}.`);
    const context = { gateway, endpoint, admit, sessionId: null, log, ids: new IdSource() };
    await serveStdio(context, client.streams, { stopped: client.stopped });
  } finally {
    await stop(app);
  }
}

async function checkKey(admit: () => ReturnType<Admit>, directory: string): Promise<void> {
  try {
    await admit();
  } catch (cause) {
    if (!(cause instanceof GatewayError && cause.code === 'unauthenticated')) throw cause;
    const text = `The data folder ${directory} does not know this API key.`;
    throw new GatewayError('unauthenticated', text, { cause });
  }
}
