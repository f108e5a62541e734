import { resolve } from 'node:path';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { readConfigFile } from './config-file.ts';
import { configKeys, nearest, type ConfigKey } from './config-keys.ts';
import { configProblem } from './config-problem.ts';
import { configSchema, type Config, type DeclaredService } from './config-schema.ts';
import { resolveKeys } from './resolve-keys.ts';
import { resolveProviders } from './resolve-providers.ts';

/** Where values come from, besides the defaults. */
export interface ConfigSources {
  /** A configuration file; without it the usual names are tried in `folder`. */
  readonly file?: string | undefined;
  /** Values by dotted key as text, with the flag that gave each. */
  readonly flags?: readonly ConfigFlag[];
  /** The environment; the process's own unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from; the working folder unless given. */
  readonly folder?: string;
}

/** One key set on the command line. */
export interface ConfigFlag {
  readonly key: string;
  readonly text: string;
  /** The flag as the user wrote it, for messages. */
  readonly flag: string;
}

/** The configuration and where each value came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** Origin by dotted key; a key that is absent here has its default. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Variables of the command line itself, not of the configuration. */
const toolVariables = {
  file: 'MCP_GATEWAY_CONFIG',
  url: 'MCP_GATEWAY_URL',
  key: 'MCP_GATEWAY_KEY',
};

/**
 * Merges defaults, file, environment and flags (later wins) and checks the result.
 * Throws GatewayError `invalid_configuration` with one sentence that names key and origin.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const environment = sources.environment ?? process.env;
  const folder = sources.folder ?? process.cwd();
  const keys = configKeys();
  const merged: Record<string, Json> = {};
  const origins = new Map<string, string>();
  const file = readConfigFile(sources.file ?? setText(environment, toolVariables.file), folder);
  if (file !== undefined) {
    Object.assign(merged, structuredClone(file.content));
    for (const { key } of keys) if (valueAt(merged, key) !== undefined) origins.set(key, file.name);
  }
  for (const key of keys) {
    const text = key.variable === undefined ? undefined : setText(environment, key.variable);
    if (text === undefined) continue;
    setAt(merged, key.key, fromText(key, text));
    origins.set(key.key, String(key.variable));
  }
  refuseUnknownVariables(environment, keys);
  for (const { key: name, text, flag } of sources.flags ?? []) {
    const key = keys.find((candidate) => candidate.key === name && candidate.variable);
    if (key === undefined) throw invalid(unknownKey(name, flag, keys));
    setAt(merged, name, fromText(key, text));
    origins.set(name, flag);
  }
  const result = configSchema.safeParse(merged);
  if (!result.success) {
    const originOf = (path: readonly PropertyKey[]): string =>
      origins.get(keyOf(path)) ?? file?.name ?? 'the configuration';
    const part = { schema: configSchema, content: merged, prefix: [], originOf };
    throw invalid(configProblem(result.error.issues, part));
  }
  const { $schema: _, services, keys: ring, vault, ...others } = result.data;
  const { data, database: given, server, chat, ...rest } = others;
  const directory = resolve(folder, data.directory);
  const { tlsCaFile } = given;
  const caFile = tlsCaFile === undefined ? {} : { tlsCaFile: resolve(folder, tlsCaFile) };
  const database = { ...given, ...caFile };
  const declared = resolveServices(services, environment);
  const keyRing = resolveKeys(ring, (name) => setText(environment, name), folder);
  const { tls } = server;
  const files = tls === undefined ? {} : { tls: resolveFiles(tls, folder) };
  const vaultKeys = resolveKeys(vault.keys, (name) => setText(environment, name), folder);
  const resolved = {
    data: { directory },
    database,
    services: declared,
    keys: keyRing,
    chat: {
      ...chat,
      providers: resolveProviders(chat.providers, (name) => setText(environment, name)),
    },
    vault: { keys: typeof vaultKeys === 'string' ? [] : vaultKeys },
  };
  return { config: { ...rest, server: { ...server, ...files }, ...resolved }, origins };
}

/** The gateway to talk to and the key to show it, as the environment names them. */
export function clientEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly url: string | undefined; readonly key: string | undefined } {
  return {
    url: setText(environment, toolVariables.url),
    key: setText(environment, toolVariables.key),
  };
}

/** The environment the gateway was started in, for the connectors that start children. */
export function hostEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** Variables that Kubernetes sets by itself for a Service named mcp-gateway. */
const serviceLink = /^MCP_GATEWAY_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)\w*)?)$/;

/** An empty variable counts as unset: container files cannot leave one out. */
function setText(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

function refuseUnknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  keys: readonly ConfigKey[],
): void {
  const known = [
    ...keys.flatMap(({ variable }) => variable ?? []),
    ...Object.values(toolVariables),
  ];
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('MCP_GATEWAY_') || known.includes(name)) continue;
    if (serviceLink.test(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw invalid(`Unknown environment variable ${name}${hint || '.'}`);
  }
}

function unknownKey(name: string, flag: string, keys: readonly ConfigKey[]): string {
  const meant = nearest(
    name,
    keys.map(({ key }) => key),
  );
  const hint = meant === undefined ? '.' : `; did you mean ${JSON.stringify(meant)}?`;
  return `Unknown key ${JSON.stringify(name)} in ${flag}${hint}`;
}

function resolveServices(
  services: ReturnType<typeof configSchema.parse>['services'],
  environment: Readonly<Record<string, string | undefined>>,
): readonly DeclaredService[] {
  const slugs = new Set<string>();
  return services.map((service) => {
    if (slugs.has(service.slug)) throw invalid(`Two services have the slug "${service.slug}".`);
    slugs.add(service.slug);
    const secrets = Object.entries(service.secrets).map(([name, secret]) => {
      if (typeof secret === 'string') return [name, secret] as const;
      const value = setText(environment, secret.env);
      if (value !== undefined) return [name, value] as const;
      throw invalid(
        `The secret "${name}" of service "${service.slug}" needs the environment variable ` +
          `${secret.env}, which is not set.`,
      );
    });
    return { ...service, secrets: Object.fromEntries(secrets) };
  });
}

/** Text of a variable or flag as the key's type; what does not fit stays text and is refused. */
function fromText(key: ConfigKey, text: string): Json {
  if (key.type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (key.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (key.type !== 'list') return text;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function valueAt(content: JsonObject, key: string): Json | undefined {
  let value: Json | undefined = content;
  for (const part of key.split('.')) value = isJsonObject(value) ? value[part] : undefined;
  return value;
}

/** The key a path belongs to: services are one, and so are the keys of the ring. */
function keyOf(path: readonly PropertyKey[]): string {
  const [section] = path;
  if (section === 'services' || section === 'keys') return section;
  const levels = section === 'server' && path[1] === 'tls' ? 3 : 2;
  return path.slice(0, levels).map(String).join('.');
}

/** Sets a key; a section that is no object is left to the schema. */
function setAt(content: Record<string, Json>, key: string, value: Json): void {
  const [section = '', ...rest] = key.split('.');
  const held = content[section] ?? {};
  if (rest.length === 0) content[section] = value;
  else if (isJsonObject(held)) {
    const inner: Record<string, Json> = { ...held };
    setAt(inner, rest.join('.'), value);
    content[section] = inner;
  }
}

type Tls = NonNullable<Config['server']['tls']>;

/** Relative paths start from the folder that the gateway is started in. */
function resolveFiles(tls: Tls, folder: string): Tls {
  const { certFile, keyFile, clientCaFile } = tls;
  const ca = clientCaFile === undefined ? {} : { clientCaFile: resolve(folder, clientCaFile) };
  const own = { certFile: resolve(folder, certFile), keyFile: resolve(folder, keyFile) };
  return { ...tls, ...own, ...ca };
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_configuration', text);
}
