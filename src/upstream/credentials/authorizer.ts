import { GatewayError } from '../../kernel/errors.ts';
import type { RefusedCredential } from '../../kernel/oauth/upstream-oauth.ts';
import type { ConnectorContext, UpstreamCaller } from '../contract.ts';
import { fillSecrets } from '../fill-secrets.ts';
import { isPersonalCredential, type ServiceCredential } from './service-credential.ts';

/** What is added to a request. */
export interface CredentialParts {
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  /** The access token among them, if there is one. */
  readonly token?: string;
}

/** Knows what to add to requests. */
export interface Authorizer {
  /** Throws ConnectionNeeded when the caller has to connect an account first. */
  parts(): Promise<CredentialParts>;
  /** What to try in the place of what was refused; undefined when there is nothing. */
  instead(refused: RefusedCredential): Promise<CredentialParts | undefined>;
}

/** Makes the authorizer of a credential for one caller. */
export function createAuthorizer(
  credential: ServiceCredential,
  context: ConnectorContext,
  caller: UpstreamCaller,
): Authorizer {
  switch (credential.type) {
    case 'apiKey':
    case 'basic':
    case 'bearer': {
      let filled: Promise<CredentialParts> | undefined;
      const parts = () => (filled ??= fixedParts(credential, context));
      return { parts, instead: () => Promise.resolve(undefined) };
    }
    default: {
      const owner = isPersonalCredential(credential) ? caller : context.caller;
      return {
        parts: async () => bearer(await owner.credential('bearer')) ?? {},
        instead: async (refused) => bearer(await owner.credential('bearer', refused)),
      };
    }
  }
}

async function fixedParts(
  credential: Extract<ServiceCredential, { type: 'apiKey' | 'basic' | 'bearer' }>,
  context: ConnectorContext,
): Promise<CredentialParts> {
  const fill = (text: string) => fillSecrets(text, (name) => context.secret(name));
  if (credential.type === 'basic') {
    const pair = `${await fill(credential.username)}:${await fill(credential.password)}`;
    return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
  }
  const value = onOneLine(
    await fill(credential.type === 'bearer' ? credential.token : credential.value),
  );
  if (credential.type === 'bearer') return { headers: { authorization: `Bearer ${value}` } };
  const { name } = credential;
  if (credential.in === 'query') return { query: { [name]: value } };
  if (credential.in === 'cookie') return { cookies: { [name]: value } };
  return { headers: { [name.toLowerCase()]: value } };
}

function bearer(token: string | undefined): CredentialParts | undefined {
  if (token === undefined) return undefined;
  return { headers: { authorization: `Bearer ${token}` }, token };
}

function onOneLine(value: string): string {
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return value;
  const text = 'A credential of this service holds what cannot be sent on one line.';
  throw new GatewayError('invalid_configuration', text);
}
