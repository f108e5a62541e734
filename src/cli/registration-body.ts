import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { JsonObject } from '../kernel/json.ts';
import { textFlag, textFlags, UsageError, type Flags } from './command.ts';

/** Flags that say what to register. */
export const registrationOptions = {
  openapi: { type: 'string' },
  files: { type: 'string' },
  'base-url': { type: 'string' },
  command: { type: 'string' },
  slug: { type: 'string' },
  title: { type: 'string' },
  token: { type: 'string' },
  header: { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
} as const;

/** What each of those flags means. */
export const registrationHelp: Readonly<Record<string, string>> = {
  openapi: 'OpenAPI document: a URL or a file.',
  files: 'Folder of the other files that the document refers to.',
  'base-url': 'Where the API is, when its document does not say.',
  command: 'Program that speaks MCP on its stdio; its arguments stand after --.',
  slug: 'Name of the service in URLs and tool names.',
  title: 'Name for people.',
  token: 'Sent to the service as Authorization: Bearer.',
  header: 'Header sent to the service, "Name: value" (may be repeated).',
  env: 'Environment of the program, NAME=value (may be repeated).',
};

/** What `POST /register-service` takes, from flags and words. Throws UsageError. */
export function registrationBody(flags: Flags, words: readonly string[]): JsonObject {
  const openapi = textFlag(flags, 'openapi');
  const command = textFlag(flags, 'command');
  const common = texts(flags, ['slug', 'title']);
  if (command !== undefined) {
    const env = pairs(flags, 'env', '=');
    return { command, args: words, ...common, ...(env === undefined ? {} : { env }) };
  }
  const headers = pairs(flags, 'header', ':');
  const access = { ...texts(flags, ['token']), ...(headers === undefined ? {} : { headers }) };
  if (openapi !== undefined) {
    const baseUrl = textFlag(flags, 'base-url');
    const base = baseUrl === undefined ? {} : { baseUrl };
    const files = otherFiles(textFlag(flags, 'files'), openapi);
    return { openapi: document(openapi), ...files, ...base, ...common, ...access };
  }
  const [url] = words;
  if (url === undefined) throw new UsageError('Give a URL, --openapi or --command.');
  return { url, ...common, ...access };
}

function texts(flags: Flags, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textFlag(flags, name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** A flag's "name separator value" texts as members; undefined when it was not given. */
export function pairs(flags: Flags, name: string, separator: string): JsonObject | undefined {
  const given = textFlags(flags, name);
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf(separator);
      if (at < 1) throw new UsageError(`--${name} takes a name, "${separator}" and a value.`);
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()] as const;
    }),
  );
}

/** The JSON and YAML files of a folder by their paths, as seen from the document. */
function otherFiles(folder: string | undefined, place: string): JsonObject {
  if (folder === undefined) return {};
  const isUrl = /^https?:\/\//i.test(place);
  const from = isUrl ? folder : dirname(place);
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(json|ya?ml)$/i.test(name))
      .map((name) => join(folder, name))
      .filter((path) => isUrl || resolve(path) !== resolve(place))
      .toSorted();
    const entries = names.map((path) => {
      const seen = relative(from, path).replaceAll('\\', '/');
      return [seen, readFileSync(path, 'utf8')] as const;
    });
    return { files: Object.fromEntries(entries) };
  } catch (error) {
    throw new UsageError(`The folder ${folder} cannot be read.`, { cause: error });
  }
}

/** A URL stays one; anything else is a file whose text is sent. */
function document(place: string): string {
  if (/^https?:\/\//i.test(place)) return place;
  try {
    return readFileSync(place, 'utf8');
  } catch (error) {
    throw new UsageError(`The file ${place} cannot be read.`, { cause: error });
  }
}
