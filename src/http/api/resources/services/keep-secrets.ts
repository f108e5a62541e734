import { isJsonObject, type Json, type JsonObject } from '../../../../kernel/json.ts';
import { isSecretName, isSecretText } from './mask-config.ts';

type Texts = Readonly<Record<string, string>>;

/** Members of a configuration whose texts go out by their names, and what secrets are called. */
const CARRIERS: Readonly<Record<string, string>> = {
  headers: 'HEADER',
  documentHeaders: 'DOCUMENT_HEADER',
  env: 'ENV',
  connectionParams: 'PARAM',
};
/** The texts of a credential that prove something. */
const PROOFS: ReadonlySet<string> = new Set(['value', 'password', 'clientSecret']);
const REFERENCE = /\$\{([A-Za-z0-9_.-]+)\}/g;

/** Moves values with a secret's name out of sight; `${NAME}` stays behind. */
export function keepSecrets(values: Texts, prefix: string): { shown: Texts; secrets: Texts } {
  const keeper = new Keeper([]);
  return { shown: keeper.texts(values, prefix), secrets: keeper.secrets };
}

/**
 * A configuration fit to be stored: secrets that are written in it where `${NAME}` would do are
 * moved beside it. `given` are the secrets that came with it.
 */
export function keepConfigSecrets(
  config: JsonObject,
  given: Texts = {},
): { readonly config: JsonObject; readonly secrets: Texts } {
  const referred = JSON.stringify(config).matchAll(REFERENCE);
  const keeper = new Keeper([...Object.keys(given), ...[...referred].map(([, name]) => name)]);
  return { config: keeper.config(config), secrets: { ...keeper.secrets, ...given } };
}

class Keeper {
  readonly secrets: Record<string, string> = {};
  readonly #taken: Set<string | undefined>;

  constructor(taken: readonly (string | undefined)[]) {
    this.#taken = new Set(taken);
  }

  config(config: JsonObject): JsonObject {
    const entries = Object.entries(config).map(([name, value]): [string, Json] => {
      const prefix = CARRIERS[name];
      if (prefix !== undefined && isTexts(value)) return [name, this.texts(value, prefix)];
      if (name === 'password' && typeof value === 'string') {
        return [name, this.#moved('PASSWORD', value)];
      }
      if (name === 'subscriptions' && isJsonObject(value)) return [name, this.config(value)];
      // Those with a type of their own take references only, and refuse what is written out.
      const isByScheme = name === 'credentials' && isJsonObject(value);
      if (isByScheme && typeof value['type'] !== 'string') return [name, this.#credentials(value)];
      return [name, value];
    });
    return Object.fromEntries(entries);
  }

  texts(values: Texts, prefix: string): Texts {
    const entries = Object.entries(values).map(([name, value]) => {
      const isSecret = isSecretName(name) || isSecretText(value);
      return [name, isSecret ? this.#moved(`${prefix}_${name}`, value) : value];
    });
    return Object.fromEntries(entries) as Texts;
  }

  #credentials(schemes: JsonObject): JsonObject {
    const entries = Object.entries(schemes).map(([scheme, one]): [string, Json] => {
      if (!isJsonObject(one)) return [scheme, one];
      const moved = Object.entries(one).map(([name, value]): [string, Json] =>
        PROOFS.has(name) && typeof value === 'string'
          ? [name, this.#moved(`${scheme}_${name}`, value)]
          : [name, value],
      );
      return [scheme, Object.fromEntries(moved)];
    });
    return Object.fromEntries(entries);
  }

  #moved(wanted: string, value: string): string {
    if (value === '' || value.search(REFERENCE) !== -1) return value;
    const name = this.#freeName(wanted);
    this.#taken.add(name);
    this.secrets[name] = value;
    return `\${${name}}`;
  }

  /** A secret's name made from where it stood; two that look alike stay apart. */
  #freeName(wanted: string): string {
    const name = wanted
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, '_')
      .replace(/^(?=\d)/, '_')
      .slice(0, 60);
    let number = 1;
    const numbered = () => (number === 1 ? name : `${name}_${number}`);
    while (this.#taken.has(numbered())) number += 1;
    return numbered();
  }
}

function isTexts(value: Json): value is Texts {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
}
