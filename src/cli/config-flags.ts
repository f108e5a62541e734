import type { ParseArgsOptionsConfig } from 'node:util';
import type { ConfigFlag, ConfigSources } from '../app/config/config.ts';
import { textFlag, textFlags, UsageError, type Flags } from './command.ts';

/** Flags of every command that reads the configuration. */
export const configOptions: ParseArgsOptionsConfig = {
  config: { type: 'string', short: 'c' },
  host: { type: 'string' },
  port: { type: 'string', short: 'p' },
  'data-dir': { type: 'string' },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  'allow-loopback': { type: 'boolean' },
  set: { type: 'string', multiple: true },
};

/** What each of those flags means. */
export const configHelp: Readonly<Record<string, string>> = {
  config: 'Configuration file (JSON or YAML); else mcp-gateway.{json,yaml,yml} here.',
  host: 'server.host',
  port: 'server.port',
  'data-dir': 'data.directory',
  'log-level': 'log.level',
  'log-format': 'log.format',
  'allow-loopback': 'egress.allowLoopback=true',
  set: 'Any other key: --set metering.durability=strict (may be repeated).',
};

const keyByFlag = {
  host: 'server.host',
  port: 'server.port',
  'data-dir': 'data.directory',
  'log-level': 'log.level',
  'log-format': 'log.format',
} as const;

/** What the flags say about the configuration. */
export function configSources(flags: Flags): ConfigSources {
  const named = Object.entries(keyByFlag).flatMap(([name, key]): ConfigFlag[] => {
    const text = textFlag(flags, name);
    return text === undefined ? [] : [{ key, text, flag: `--${name}` }];
  });
  if (flags['allow-loopback'] === true) {
    named.push({ key: 'egress.allowLoopback', text: 'true', flag: '--allow-loopback' });
  }
  const set = textFlags(flags, 'set').map((pair): ConfigFlag => {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined || text === undefined) {
      throw new UsageError(`--set takes key=value, not ${JSON.stringify(pair)}.`);
    }
    return { key, text, flag: '--set' };
  });
  return { file: textFlag(flags, 'config'), flags: [...named, ...set] };
}
