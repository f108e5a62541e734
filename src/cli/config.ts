import { configKeys, type ConfigKey } from '../app/config/config-keys.ts';
import { configJsonSchema, type Config } from '../app/config/config-schema.ts';
import { loadConfig, type LoadedConfig } from '../app/config/config.ts';
import { UsageError, type Command, type CommandInput } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { formatTable } from './table.ts';

/** Shows and checks the configuration without starting anything. */
export const configCommand: Command = {
  summary: 'Show the configuration and its origins, check it, or print its schema.',
  usage: ['config explain [flags]', 'config check [flags]', 'config schema'],
  options: configOptions,
  help: configHelp,
  run: async (input) => {
    const [action = 'explain'] = input.words;
    const actions: Readonly<Record<string, (input: CommandInput) => void | Promise<void>>> = {
      explain,
      check,
      schema,
    };
    const chosen = actions[action];
    if (chosen === undefined) {
      throw new UsageError(
        `config has no action ${JSON.stringify(action)}; use explain, check or schema.`,
      );
    }
    await chosen(input);
    return 0;
  },
};

function explain({ flags, terminal }: CommandInput): void {
  const loaded = loadConfig(configSources(flags));
  const rows = configKeys().map((key) => [
    key.key,
    shownValue(loaded.config, key),
    loaded.origins.get(key.key) ?? 'default',
    key.description,
  ]);
  terminal.out(formatTable([['KEY', 'VALUE', 'ORIGIN', 'DESCRIPTION'], ...rows]));
}

async function check({ flags, terminal }: CommandInput): Promise<void> {
  const loaded = loadConfig(configSources(flags));
  const { checkServices } = await import('../app/commands/check-services.ts');
  checkServices(loaded);
  terminal.out(`The configuration is valid (${describe(loaded)}).\n`);
}

function schema({ terminal }: CommandInput): void {
  terminal.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}

function describe({ config, origins }: LoadedConfig): string {
  const services = config.services.length;
  const from = new Set(origins.values());
  const origin = from.size === 0 ? 'all defaults' : `from ${[...from].join(', ')}`;
  return `${origin}; ${services} declared ${services === 1 ? 'service' : 'services'}`;
}

function shownValue(config: Config, key: ConfigKey): string {
  if (key.type === 'services') return maskedServices(config);
  if (key.key === 'chat.providers') return maskedProviders(config);
  if (key.key === 'keys') return maskedKeys(config.keys);
  if (key.key === 'vault.keys') return maskedKeys(config.vault.keys);
  return valueOf(config, key);
}

function maskedKeys(keys: Config['keys']): string {
  if (keys.length === 0) return '[]';
  return typeof keys === 'string' ? keys : keys.map(({ id }) => `${id}=***`).join(', ');
}

function valueOf(config: Config, { key, isSecret }: ConfigKey): string {
  const [section, name] = key.split('.') as [keyof Config, string];
  const value = (config[section] as Readonly<Record<string, unknown>>)[name];
  if (value === undefined) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return isSecret ? maskedUrl(text) : text;
}

/** The URL without its password; without anything else when it is none. */
function maskedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '***';
  const { protocol, username, host, pathname } = url;
  return `${protocol}//${username === '' ? '' : `${username}:***@`}${host}${pathname}`;
}

/** A provider of language models: its models, and whether it has a key. */
function maskedProviders({ chat: { providers } }: Config): string {
  if (providers.length === 0) return '[]';
  return providers
    .map(({ name, kind, key, models }) => {
      const ids = models.map(({ id }) => id).join(' ');
      return `${name} (${kind}: ${ids}${key === undefined ? '' : ', key=***'})`;
    })
    .join('; ');
}

/** A service's configuration may hold a password in any place, so only its key names are shown. */
function maskedServices({ services }: Config): string {
  if (services.length === 0) return '[]';
  return services
    .map(({ slug, kind, config, secrets }) => {
      const names = Object.keys(secrets).map((name) => `, ${name}=***`);
      return `${slug} (${kind}: ${Object.keys(config).join(' ')}${names.join('')})`;
    })
    .join('; ');
}
