import { z } from 'zod';

const contextSchema = z.object({
  client_id: z.string().default(''),
  client_secret: z.string().default(''),
  private_key_pem: z.string().default(''),
  issuer: z.string().optional(),
  idp_client_id: z.string().default(''),
  idp_id_token: z.string().default(''),
  idp_token_endpoint: z.string().default(''),
});

/** How a service of a scenario is registered, and what its user brings along. */
export interface ScenarioCredentials {
  readonly credentials?: object;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly subjectToken?: string;
}

/** Where the suite says that a client of its own publishes its metadata. */
const METADATA_URL = 'https://conformance-test.local/client-metadata.json';

/** What a scenario of authorization wants the gateway to be told of the service. */
export function credentialsFor(scenario: string, given: unknown): ScenarioCredentials {
  if (!scenario.startsWith('auth/')) return {};
  const context = contextSchema.parse(given);
  const { client_id: clientId, client_secret: secret, issuer } = context;
  const client = { clientId, clientSecret: '${SECRET}' };
  switch (scenario) {
    case 'auth/pre-registration':
      return {
        credentials: { type: 'authorizationCode', ...client, issuer },
        secrets: { SECRET: secret },
      };
    case 'auth/client-credentials-basic':
      return { credentials: { type: 'clientCredentials', ...client }, secrets: { SECRET: secret } };
    case 'auth/client-credentials-jwt':
      return {
        credentials: { type: 'clientCredentials', clientId, privateKey: '${KEY}' },
        secrets: { KEY: context.private_key_pem },
      };
    case 'auth/enterprise-managed-authorization': {
      const { idp_client_id: idpClient, idp_token_endpoint: tokenUrl } = context;
      const identityProvider = { clientId: idpClient, tokenUrl };
      return {
        credentials: { type: 'identityAssertion', ...client, identityProvider },
        secrets: { SECRET: secret },
        subjectToken: context.idp_id_token,
      };
    }
    case 'auth/basic-cimd':
      return { credentials: { type: 'authorizationCode', clientMetadataUrl: METADATA_URL } };
    default:
      return { credentials: { type: 'authorizationCode' } };
  }
}
