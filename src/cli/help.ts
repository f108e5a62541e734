import type { Command } from './command.ts';
import { formatTable } from './table.ts';

/** The list of commands. */
export function overview(commands: Readonly<Record<string, Command>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [`  ${name}`, summary]);
  return [
    'Usage: mcp-gateway [command] [flags]',
    '',
    formatTable([...rows, ['  help', 'Show this, or how one command is used.']]).trimEnd(),
    '',
    'Without a command the gateway serves. More: mcp-gateway help <command>',
    '',
  ].join('\n');
}

/** How one command is used. */
export function commandHelp(name: string, command: Command): string {
  const calls = command.usage.map((usage) => `  mcp-gateway ${usage}`);
  const flags = Object.entries(command.options).map(([flag, { type, short }]) => {
    const value = type === 'string' ? ' <value>' : '';
    const brief = short === undefined ? '' : `, -${short}`;
    return [`  --${flag}${brief}${value}`, command.help[flag] ?? ''];
  });
  const list = flags.length === 0 ? [] : ['', 'Flags:', formatTable(flags).trimEnd()];
  return [`mcp-gateway ${name}: ${command.summary}`, '', ...calls, ...list, ''].join('\n');
}
