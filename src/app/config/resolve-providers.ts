import { GatewayError } from '../../kernel/errors.ts';
import type { WrittenProvider } from './chat-schema.ts';

/** A provider of language models that the operator declares; its key is resolved. */
export type ResolvedProvider = Readonly<
  Omit<WrittenProvider, 'key'> & { readonly key: string | undefined }
>;

/**
 * The providers with their keys in place of what the configuration says about them. Throws
 * GatewayError `invalid_configuration` with one sentence, which shows nothing of a key.
 */
export function resolveProviders(
  providers: readonly WrittenProvider[],
  variable: (name: string) => string | undefined,
): readonly ResolvedProvider[] {
  const names = new Set<string>();
  return providers.map(({ key, ...provider }) => {
    const { name, kind, baseUrl, region, models } = provider;
    if (names.has(name)) throw invalid(`Two providers of chat.providers have the name "${name}".`);
    names.add(name);
    if (baseUrl === undefined && (kind === 'azure' || kind === 'openai_compatible')) {
      throw invalid(`The provider "${name}" of chat.providers needs baseUrl.`);
    }
    if (kind === 'bedrock' && region === undefined) {
      throw invalid(`The provider "${name}" of chat.providers needs region.`);
    }
    const ids = new Set(models.map(({ id }) => id));
    if (ids.size < models.length) {
      throw invalid(`The provider "${name}" of chat.providers has a model twice.`);
    }
    const resolved = typeof key === 'object' ? variable(key.env) : key;
    if (typeof key === 'object' && resolved === undefined) {
      const text = `needs the environment variable ${key.env}, which is not set.`;
      throw invalid(`The key of the provider "${name}" ${text}`);
    }
    if (resolved === undefined && kind !== 'openai_compatible') {
      throw invalid(`The provider "${name}" of chat.providers needs a key.`);
    }
    return { ...provider, key: resolved };
  });
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_configuration', text);
}
