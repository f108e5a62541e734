import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type * as Yaml from 'yaml';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';

/** A configuration file as it was read; `name` is how messages call it. */
export interface ConfigFile {
  readonly name: string;
  readonly content: JsonObject;
}

const require = createRequire(import.meta.url);

const fileNames = ['mcp-gateway.json', 'mcp-gateway.yaml', 'mcp-gateway.yml'];

/**
 * Reads the named file, or the one of a usual name in the folder; undefined when there is none.
 * Throws GatewayError `invalid_configuration`.
 */
export function readConfigFile(path: string | undefined, folder: string): ConfigFile | undefined {
  if (path !== undefined) return parseFile(path, readText(path, resolve(folder, path)));
  const found = fileNames.filter((name) => existsSync(join(folder, name)));
  if (found.length > 1) {
    throw invalid(`There are both ${found.join(' and ')}; keep one or name one with --config.`);
  }
  const [name] = found;
  return name === undefined ? undefined : parseFile(name, readText(name, join(folder, name)));
}

function readText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw invalid(`The configuration file ${name} does not exist.`, error);
    throw invalid(`The configuration file ${name} cannot be read (${code}).`, error);
  }
}

function parseFile(name: string, text: string): ConfigFile {
  const content = name.endsWith('.json') ? parseJson(name, text) : parseYamlText(name, text);
  if (content === null || content === undefined) return { name, content: {} };
  if (!isJsonObject(content)) throw invalid(`${name} must hold one object of settings.`);
  return { name, content };
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${name} is not valid JSON: ${firstLine(error)}.`, error);
  }
}

function parseYamlText(name: string, text: string): unknown {
  try {
    // Loaded with the first YAML file, not with every command.
    const { parse } = require('yaml') as typeof Yaml;
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    throw invalid(`${name} is not valid YAML: ${firstLine(error)}.`, error);
  }
}

function firstLine(error: unknown): string {
  const line = (error as Error).message.split('\n', 1)[0] ?? '';
  return line.replace(/[.:]$/, '');
}

function invalid(text: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_configuration', text, { cause });
}
