import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { textFlag, textFlags, UsageError, type Flags } from '../command.ts';

/** Flags that say which provider to add. */
export const providerOptions = {
  kind: { type: 'string' },
  'base-url': { type: 'string' },
  region: { type: 'string' },
  'access-key-id': { type: 'string' },
  'key-file': { type: 'string' },
  model: { type: 'string', multiple: true },
  context: { type: 'string' },
  default: { type: 'boolean' },
} as const;

/** What each of those flags means. */
export const providerHelp: Readonly<Record<string, string>> = {
  kind: 'openai, openai_chat, anthropic, google, mistral, azure, bedrock or openai_compatible.',
  'base-url': 'Where its API begins; needed for azure and openai_compatible.',
  region: 'Region of AWS, for bedrock.',
  'access-key-id': 'Access key of AWS, for bedrock; its secret is in the key file.',
  'key-file': 'File that holds the key of the provider and nothing else.',
  model: "A model's id at the provider (may be repeated); with add the ones it gets.",
  context: 'How many tokens the models read at once; needed where the gateway does not know them.',
  default: 'Make the first model the default.',
};

/** What `POST /api/v1/models/providers` takes, from flags. Throws UsageError. */
export function providerBody(name: string, flags: Flags): JsonObject {
  const kind = textFlag(flags, 'kind');
  if (kind === undefined) throw new UsageError('Give --kind, for example --kind openai.');
  const ids = textFlags(flags, 'model');
  if (ids.length === 0) throw new UsageError('Give at least one --model.');
  const context = textFlag(flags, 'context');
  if (context !== undefined && !/^[1-9]\d{0,8}$/.test(context)) {
    throw new UsageError('Give --context as a number of tokens.');
  }
  const models = ids.map((id, at) => ({
    id,
    ...(context === undefined ? {} : { contextTokens: Number(context) }),
    ...(flags['default'] === true && at === 0 ? { isDefault: true } : {}),
  }));
  const settings: Record<string, Json> = { kind };
  const members = { 'base-url': 'baseUrl', region: 'region', 'access-key-id': 'accessKeyId' };
  for (const [flag, member] of Object.entries(members)) {
    const text = textFlag(flags, flag);
    if (text !== undefined) settings[member] = text;
  }
  const file = textFlag(flags, 'key-file');
  return { name, settings, models, ...(file === undefined ? {} : { key: readKey(file) }) };
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`The key file ${file} cannot be read (${code}).`);
  }
}
