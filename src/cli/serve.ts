import { loadConfig, type LoadedConfig } from '../app/config/config.ts';
import { createLog, isPretty } from '../app/log/log.ts';
import type { FirstAdmin } from '../app/start.ts';
import type { Log } from '../kernel/log.ts';
import type { Command, Terminal } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { boundYoungGeneration } from './process/bound-young-generation.ts';
import { stopSignals } from './process/stop-signals.ts';
import { collectGarbage, trimWhenIdle } from './process/trim-when-idle.ts';

/** Why a gateway stops that nobody told to. */
const FAILURE = 'failure';
/** Exit code of a gateway that was told twice to stop: 128 + SIGINT, as shells have it. */
const INTERRUPTED = 130;
/** How long the process may outlive its gateway before it is ended. */
const LINGER_MS = 2_000;

/** Runs the gateway until it is told to stop. */
export const serve: Command = {
  summary: 'Run the gateway (what happens without a command).',
  usage: ['serve [flags]'],
  options: { ...configOptions, 'with-parent': { type: 'boolean' } },
  help: {
    ...configHelp,
    'with-parent': 'Stop when standard input closes: the program that started it has ended.',
  },
  run: async ({ flags, terminal }) => {
    using young = boundYoungGeneration();
    const loaded = loadConfig(configSources(flags));
    using stop = stopSignals(() => process.exit(INTERRUPTED));
    const withParent = flags['with-parent'] === true;
    if (withParent) process.stdin.once('close', stop.ask).resume();
    try {
      return await serveUntil(stop.received, loaded, terminal, () => young.grow());
    } finally {
      // An open standard input would keep the process alive.
      if (withParent) process.stdin.destroy();
      setTimeout(() => process.exit(), LINGER_MS).unref();
    }
  },
};

/** Resolves to the exit code once the gateway has stopped. */
async function serveUntil(
  told: Promise<string>,
  loaded: LoadedConfig,
  terminal: Terminal,
  started: () => void,
): Promise<number> {
  const { config } = loaded;
  const log = createLog(config.log);
  // The gateway's parts are loaded here, so that other commands start at once.
  const { checkServices } = await import('../app/commands/check-services.ts');
  const { startGateway } = await import('../app/start.ts');
  checkServices(loaded);
  const people = isPretty(config.log, process.stdout);
  const gateway = await startGateway(config, log, (admin) =>
    terminal.out(people ? frame(admin) : jsonLine({ event: 'first_admin', ...admin })),
  );
  started();
  const { url } = gateway;
  terminal.out(
    people
      ? `MCP Gateway listens on ${url} (MCP endpoint ${url}/mcp); Ctrl-C stops it.\n`
      : jsonLine({ event: 'gateway.listening', url }),
  );
  using _trim = trimWhenIdle(() =>
    collectGarbage().catch((error: unknown) => log.warn({ error: String(error) }, 'not collected')),
  );
  const reason = await Promise.race([told, watchForFailure(log)]);
  log.info({ event: 'gateway.stopping', reason }, 'stopping');
  await gateway.stop(reason);
  log.info({ event: 'gateway.stopped', reason }, 'stopped');
  return reason === FAILURE ? 1 : 0;
}

function jsonLine(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

function frame({ userName, password, apiKey }: FirstAdmin): string {
  const lines = [
    'First start: this is your administrator. It is shown only once; keep it safe.',
    '',
    `  User name  ${userName}`,
    `  Password   ${password}`,
    `  API key    ${apiKey}`,
  ];
  const width = Math.max(...lines.map((line) => line.length));
  const rule = '─'.repeat(width + 2);
  const body = lines.map((line) => `│ ${line.padEnd(width)} │`);
  return `${['', `┌${rule}┐`, ...body, `└${rule}┘`, ''].join('\n')}\n`;
}

/** Resolves when an error reached nobody: state may be broken, so the gateway ends in order. */
function watchForFailure(log: Log): Promise<string> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      const { message = String(error), stack } = error as Partial<Error>;
      log.error({ event: 'gateway.failed', error: message, stack }, 'an error reached nobody');
      resolve(FAILURE);
    };
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
  });
}
