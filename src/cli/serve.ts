import { loadConfig } from '../app/config.ts';
import { createLog, isPretty } from '../app/log.ts';
import type { FirstAdmin, RunningGateway } from '../app/start.ts';
import type { Log } from '../kernel/log.ts';
import type { Command, Terminal } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { stopSignals } from './stop-signals.ts';

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
    const { config } = loadConfig(configSources(flags));
    const log = createLog(config.log);
    const people = isPretty(config.log, process.stdout);
    using stop = stopSignals(() => process.exit(INTERRUPTED));
    if (flags['with-parent'] === true) process.stdin.once('close', stop.ask).resume();
    // The gateway's parts are loaded here, so that other commands start at once.
    const { startGateway } = await import('../app/start.ts');
    const gateway = await startGateway(config, log);
    announce(gateway, people, terminal);
    const failure = watchForFailure(log);
    const reason = await Promise.race([stop.received, failure]);
    log.info({ event: 'gateway.stopping', reason }, 'stopping');
    await gateway.stop(reason);
    log.info({ event: 'gateway.stopped', reason }, 'stopped');
    // An open standard input would keep the process alive.
    if (flags['with-parent'] === true) process.stdin.destroy();
    setTimeout(() => process.exit(), LINGER_MS).unref();
    return reason === 'failure' ? 1 : 0;
  },
};

function announce({ url, firstAdmin }: RunningGateway, people: boolean, terminal: Terminal): void {
  if (!people) {
    if (firstAdmin !== undefined) print({ event: 'first_admin', ...firstAdmin });
    print({ event: 'gateway.listening', url });
    return;
  }
  if (firstAdmin !== undefined) terminal.out(frame(firstAdmin));
  terminal.out(`MCP Gateway is listening on ${url} (MCP endpoint ${url}/mcp); Ctrl-C stops it.\n`);

  function print(line: object): void {
    terminal.out(`${JSON.stringify(line)}\n`);
  }
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
function watchForFailure(log: Log): Promise<'failure'> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      const { message = String(error), stack } = error as Partial<Error>;
      log.error({ event: 'gateway.failed', error: message, stack }, 'an error reached nobody');
      resolve('failure');
    };
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
    // Whoever read the log went away; the gateway goes on without a log.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
  });
}
