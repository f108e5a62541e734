import { GatewayError } from '../../../kernel/errors.ts';
import { fillSecrets } from '../../../upstream/fill-secrets.ts';
import type { OpenapiConfig } from '../prepare/config.ts';
import type { Credential } from '../auth/credential.ts';
import type { ServiceSettings } from '../call/make-service.ts';
import type { CompiledDocument } from '../model/compiled-document.ts';
import type { SecurityScheme } from '../model/operation-source.ts';
import { variableName } from './identifiers.ts';

/** What an ejected server is configured with; `${NAME}` in a text is an environment variable. */
export interface EjectedSettings {
  readonly settings: CallSettings;
  /** Ways to prove the right to each security scheme; the first that is set is used. */
  readonly credentials: Readonly<Record<string, readonly CredentialOption[]>>;
  readonly variables: readonly Variable[];
}

/** A credential, and the environment variables that must be set for it. */
export interface CredentialOption {
  readonly variables: readonly string[];
  readonly credential: Credential;
}

/** An environment variable that holds a secret. */
export interface Variable {
  readonly name: string;
  /** What it holds, in our own words. */
  readonly meaning: string;
}

/** Every setting of a call, so that a new one cannot be forgotten here. */
type CallSettings = {
  readonly [Name in Exclude<keyof Required<ServiceSettings>, 'credentials'>]: ServiceSettings[Name];
};

/** Names a variable for one secret; `owner` tells secrets apart that are written alike. */
type Declare = (wanted: string, owner: string, meaning: string) => string;

/** Variables with another meaning to the server or to the system it runs on. */
const TAKEN = /^(?:BASE_URL|HOST|PORT|AUTH_TOKEN|ALLOWED_HOSTS|PATH|HOME|NODE_.*|CREDENTIAL_.*)$/;
const IDENTITY_HEADER = /^(?:authorization|proxy-authorization|cookie)$/i;
const SECRET_PARTS: ReadonlySet<string> = new Set(['value', 'password', 'clientSecret']);

/**
 * The call-time part of a configuration, without a secret in it. A scheme that the configuration
 * does not speak of gets variables of its own, whose names begin with `CREDENTIAL_`: no document
 * chooses another. Throws GatewayError `invalid_configuration` when a secret is written out.
 */
export async function ejectedSettings(
  config: OpenapiConfig,
  { operations, service }: CompiledDocument,
): Promise<EjectedSettings> {
  const variables = new Map<string, Variable>();
  const declare = declareIn(variables);
  const options = new Map<string, readonly CredentialOption[]>();
  for (const [scheme, credential] of Object.entries(config.credentials ?? {})) {
    options.set(scheme, [await configuredOption(scheme, credential, declare)]);
  }
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(config.headers ?? {})) {
    const { text, names } = await renamed(value, declare);
    if (names.length === 0 && IDENTITY_HEADER.test(name)) throw writtenOut(`header "${name}"`);
    headers.push([name, text]);
  }
  for (const { scheme } of operations.flatMap(({ plan }) => plan.security.flat())) {
    if (options.has(scheme)) continue;
    const isKnown = Object.hasOwn(service.securitySchemes, scheme);
    options.set(
      scheme,
      optionsOf(scheme, isKnown ? service.securitySchemes[scheme] : undefined, declare),
    );
  }
  const { baseUrl, credentialOrigins, pathSlash, attempts, timeoutMs } = config;
  const { exposure, answerCharacters, rest } = config;
  return {
    settings: {
      headers: Object.fromEntries(headers),
      baseUrl,
      credentialOrigins,
      pathSlash,
      attempts,
      timeoutMs,
      exposure,
      answerCharacters,
      rest,
    },
    credentials: Object.fromEntries(options),
    variables: [...variables.values()],
  };
}

function declareIn(variables: Map<string, Variable>): Declare {
  const owners = new Map<string, string>();
  return (wanted, owner, meaning) => {
    let name = wanted;
    for (let count = 2; (owners.get(name) ?? owner) !== owner; count += 1) {
      name = `${wanted}_${count}`;
    }
    owners.set(name, owner);
    variables.set(name, { name, meaning });
    return name;
  };
}

/** The text with its secrets named as variables; each keeps its name as far as a variable can. */
async function renamed(
  value: string,
  declare: Declare,
): Promise<{ readonly text: string; readonly names: readonly string[] }> {
  const names: string[] = [];
  const text = await fillSecrets(value, (secret) => {
    const plain = variableName(secret);
    const isFree = /^[A-Z]/.test(plain) && !TAKEN.test(plain);
    const name = declare(isFree ? plain : `SECRET_${plain}`, secret, 'named by the configuration');
    names.push(name);
    return Promise.resolve(`\${${name}}`);
  });
  return { text, names };
}

async function configuredOption(
  scheme: string,
  credential: Credential,
  declare: Declare,
): Promise<CredentialOption> {
  const parts: [string, unknown][] = [];
  const variables: string[] = [];
  for (const [part, value] of Object.entries(credential)) {
    if (typeof value !== 'string') {
      parts.push([part, value]);
      continue;
    }
    const { text, names } = await renamed(value, declare);
    if (names.length === 0 && SECRET_PARTS.has(part)) throw writtenOut(`credential "${scheme}"`);
    variables.push(...names);
    parts.push([part, text]);
  }
  return { variables, credential: Object.fromEntries(parts) as unknown as Credential };
}

/** How a scheme's credential may be given: in its own parts, then as a token made elsewhere. */
function optionsOf(
  scheme: string,
  kind: SecurityScheme | undefined,
  declare: Declare,
): readonly CredentialOption[] {
  const variable = (part: string, meaning: string): string => {
    const words = ['CREDENTIAL', variableName(scheme), part].filter((word) => word !== '');
    return declare(words.join('_'), `scheme ${scheme}, ${part}`, meaning);
  };
  const whole = variable('', meaningOf(kind));
  const token = { variables: [whole], credential: { value: `\${${whole}}` } };
  const pair = (first: string, second: string, make: (one: string, two: string) => Credential) => [
    { variables: [first, second], credential: make(`\${${first}}`, `\${${second}}`) },
    token,
  ];
  if (kind?.type === 'basic') {
    const [user, word] = [variable('USERNAME', 'user name'), variable('PASSWORD', 'password')];
    return pair(user, word, (username, password) => ({ username, password }));
  }
  if (kind?.type === 'oauth2' && kind.tokenUrl !== undefined) {
    const id = variable('CLIENT_ID', 'OAuth 2 client id');
    const secret = variable('CLIENT_SECRET', 'OAuth 2 client secret');
    return pair(id, secret, (clientId, clientSecret) => ({ clientId, clientSecret }));
  }
  return [token];
}

function meaningOf(kind: SecurityScheme | undefined): string {
  if (kind?.type === 'apiKey') return `API key, sent in the ${kind.in}`;
  if (kind?.type === 'basic') return 'user name and password as Basic sends them, in one';
  return kind?.type === 'http' ? 'credentials of the Authorization header' : 'bearer token';
}

const writtenOut = (what: string): GatewayError =>
  new GatewayError(
    'invalid_configuration',
    `Name the secret of the ${what} as \${NAME}: written out it would stand in the project.`,
  );
