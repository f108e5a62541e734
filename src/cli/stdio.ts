import { clientEnvironment, loadConfig } from '../app/config/config.ts';
import { createLog } from '../app/log/log.ts';
import type { FirstAdmin } from '../app/start.ts';
import { textFlag, UsageError, type Command, type Terminal } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { stopSignals } from './process/stop-signals.ts';

const INTERRUPTED = 130;
/** How long the process may outlive its client before it is ended. */
const LINGER_MS = 2_000;

/** Serves one local client: what a program that starts MCP servers is told to start. */
export const stdio: Command = {
  summary: 'Serve one local client on standard input and output.',
  usage: [
    'stdio [flags]                     a gateway of its own, or a relay when one runs already',
    'stdio --service <slug> [flags]    one service, under its own names',
    'stdio --url <gateway> [flags]     a relay to that gateway',
  ],
  options: {
    ...configOptions,
    service: { type: 'string', short: 's' },
    url: { type: 'string' },
    key: { type: 'string' },
  },
  help: {
    ...configHelp,
    service: 'The slug of the one service to serve; else everything.',
    url: 'A running gateway to relay to; else MCP_GATEWAY_URL, else the one on the data folder.',
    key:
      'An API key; better in MCP_GATEWAY_KEY, where other users cannot see it. A relay needs ' +
      'one; without it a gateway of its own serves you as its first administrator.',
  },
  run: async ({ flags, terminal }) => {
    const { config } = loadConfig(configSources(flags));
    const environment = clientEnvironment();
    const service = textFlag(flags, 'service');
    if (service !== undefined && !/^[a-z0-9-]+$/.test(service)) {
      throw new UsageError(`--service takes a slug, not ${JSON.stringify(service)}.`);
    }
    // Standard output belongs to the protocol.
    const log = createLog(config.log, process.stderr);
    using stop = stopSignals(() => process.exit(INTERRUPTED));
    const { serveLocalClient } = await import('../app/commands/serve-local-client.ts');
    try {
      await serveLocalClient(config, log, {
        streams: { input: process.stdin, output: process.stdout },
        service,
        key: textFlag(flags, 'key') ?? environment.key,
        gatewayUrl: textFlag(flags, 'url') ?? environment.url,
        stopped: stop.received,
        say: (sentence) => terminal.error(`mcp-gateway: ${sentence}\n`),
        showFirstAdmin: (admin) => showFirstAdmin(admin, terminal),
      });
    } finally {
      // An open standard input would keep the process alive.
      process.stdin.destroy();
      setTimeout(() => process.exit(), LINGER_MS).unref();
    }
    return 0;
  },
};

function showFirstAdmin({ userName, password, apiKey }: FirstAdmin, terminal: Terminal): void {
  terminal.error(
    'mcp-gateway: First start: this is your administrator, shown only once: ' +
      `user name ${userName}, password ${password}, API key ${apiKey}\n`,
  );
}
