import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearest } from '../app/config/config-keys.ts';
import { GatewayError } from '../kernel/errors.ts';
import { UsageError, type Command, type Terminal } from './command.ts';
import { commands } from './commands.ts';

/** Exit codes: what a script may tell apart. */
const exit = { failed: 1, misused: 2 } as const;

/** Runs one command line; resolves to the exit code. Every failure is one sentence on stderr. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { name, rest } = splitCommand(argv);
    if (name === 'help') {
      terminal.out(await help(rest[0]));
      return 0;
    }
    const command = await load(name);
    const { values, positionals } = parse(name, command, rest);
    if (values['help'] === true) {
      terminal.out(await help(name));
      return 0;
    }
    return await command.run({ words: positionals, flags: values, terminal });
  } catch (error) {
    terminal.error(`mcp-gateway: ${sentence(error)}\n`);
    const misused =
      error instanceof UsageError ||
      (error instanceof GatewayError && error.code === 'invalid_configuration');
    return misused ? exit.misused : exit.failed;
  }
}

/** Without a command the gateway serves; `--help` and `--version` are commands too. */
function splitCommand(argv: readonly string[]): { name: string; rest: readonly string[] } {
  const [first, ...rest] = argv;
  if (first === '--help' || first === '-h') return { name: 'help', rest };
  if (first === '--version' || first === '-v') return { name: 'version', rest };
  if (first === undefined || first.startsWith('-')) return { name: 'serve', rest: argv };
  return { name: first, rest };
}

/** How one command is used; without a name, the list of them. */
async function help(name: string | undefined): Promise<string> {
  const { commandHelp, overview } = await import('./help.ts');
  if (name !== undefined) return commandHelp(name, await load(name));
  const named = Object.keys(commands).map(async (one) => [one, await load(one)] as const);
  return overview(Object.fromEntries(await Promise.all(named)));
}

async function load(name: string): Promise<Command> {
  const command = await commands[name]?.();
  if (command === undefined) throw new UsageError(unknownCommand(name));
  return command;
}

function unknownCommand(name: string): string {
  const meant = nearest(name, [...Object.keys(commands), 'help']);
  const hint = meant === undefined ? 'see mcp-gateway help' : `did you mean ${meant}`;
  return `There is no command ${JSON.stringify(name)}; ${hint}${meant === undefined ? '.' : '?'}`;
}

function parse(name: string, command: Command, args: readonly string[]) {
  const options: ParseArgsOptionsConfig = {
    ...command.options,
    help: { type: 'boolean', short: 'h' },
  };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(parseProblem(name, options, args, error as NodeJS.ErrnoException), {
      cause: error,
    });
  }
}

function parseProblem(
  name: string,
  options: ParseArgsOptionsConfig,
  args: readonly string[],
  error: NodeJS.ErrnoException,
): string {
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const [first = ''] = error.message.split('\n', 1);
    return `${first.replace(/\.? .*To specify.*$/, '').replace(/\.$/, '')}.`;
  }
  const typed = /'(-[^']*)'/.exec(error.message)?.[1] ?? args.find((arg) => arg.startsWith('-'));
  const flag = String(typed).replace(/^-+/, '');
  const meant = nearest(flag, Object.keys(options));
  const hint = meant === undefined ? `see mcp-gateway help ${name}.` : `did you mean --${meant}?`;
  return `${name} has no flag ${String(typed)}; ${hint}`;
}

/** What went wrong in one line; a stack is for the log, control characters are for nobody. */
function sentence(error: unknown): string {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  return ending((text.split('\n', 1)[0] ?? '').replaceAll(/\p{Cc}/gu, '\u{fffd}'));
}

function ending(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
