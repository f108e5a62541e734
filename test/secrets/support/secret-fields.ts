/** A place that may hold a secret: which plants are in it, or why there is nothing to hide. */
export type SecretPlace =
  | { readonly planted: readonly string[]; readonly not?: never }
  | { readonly not: string; readonly planted?: never };

/** Names of columns, settings and fields that may hold a secret. */
export const SECRET_NAME =
  /hash|secret|seal|wrapped|passw|token|private|cookie|recover|totp|credential/i;
/** Names that only tell of one: when it changed, whose it is. */
const ABOUT_ONE = /_(at_ms|id)$/;

/** True when a name is that of a secret. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !ABOUT_ONE.test(name);
}

const planted = (...kinds: readonly string[]): SecretPlace => ({ planted: kinds });
const digest: SecretPlace = { not: 'a digest of what is stored beside it' };
const howMany: SecretPlace = { not: 'how many a language model takes' };
const own: SecretPlace = { not: 'made inside the gateway, known to nobody outside' };

/** Every column whose name is that of a secret. */
export const secretColumns: Readonly<Record<string, SecretPlace>> = {
  'tool_use.query_hash': digest,
  'account.password_hash': planted('password'),
  'api_key_secret.hash': planted('API key', 'rotated API key'),
  'refresh_token.hash': planted('refresh token'),
  'refresh_token.successor_sealed': planted('next refresh token'),
  'login_session.hash': planted('browser cookie'),
  'second_factor.secret_sealed': planted('TOTP secret'),
  'second_factor.recovery_hashes': planted('recovery code'),
  'one_time_token.hash': planted('invitation', 'password reset'),
  'oauth_client.sealed': planted('OAuth client secret'),
  'oauth_client.address_hash': { not: 'a digest of a public address' },
  'oauth_artifact.hash': planted('OAuth access token', 'OAuth refresh token'),
  'oauth_artifact.uid_hash': own,
  'oauth_artifact.sealed': planted('OAuth refresh token'),
  'sso_connection.secret_sealed': planted('SSO client secret'),
  'sso_login.hash': own,
  'connect_state.hash': planted('connect state'),
  'connect_state.sealed': own,
  'vault_item.sealed': planted(
    'header of a service',
    'literal header',
    'literal API credential',
    'bearer token of a service',
    'password of a service',
    'API key of a service',
    'client secret at a service',
    'token of an account',
    'exporter credential',
    'key of a model provider',
  ),
  'vault_key.wrapped': own,
  'guard_rule.sealed_secret': planted('webhook secret', 'approval webhook secret'),
  'approval.sealed_arguments': planted('argument of a call'),
  'approval_round.hash': own,
  'signing_key.private_jwk_sealed': own,
  'ring_key.secret': { not: 'empty: the keys are in the configuration' },
  'definition_pin.hash': digest,
  'definition_pin.previous_hash': digest,
  'definition_pin.pending_hash': digest,
  'chat_conversation.link_hash': own,
  'chat_blob.hash': digest,
  'chat_artifact.hash': digest,
  'audit_event.hash': digest,
  'audit_head.hash': digest,
  'audit_cut.hash': digest,
  'usage_rollup.tokens': { not: 'how many a language model used' },
};

/** Columns of which nothing is stored in this test, and why that is well. */
export const emptyColumns: readonly string[] = [
  'ring_key.secret',
  'approval_round.hash',
  'sso_login.hash',
  'oauth_client.address_hash',
  'definition_pin.previous_hash',
  'definition_pin.pending_hash',
  'audit_cut.hash',
  'chat_conversation.link_hash',
  'chat_blob.hash',
  'chat_artifact.hash',
  'tool_use.query_hash',
];

/** Every setting that may hold a secret, by its path in the configuration's schema. */
export const secretSettings: Readonly<Record<string, SecretPlace>> = {
  'database.url': planted('database password'),
  'keys[].secret': planted('key ring'),
  'vault.keys[].secret': planted('vault key'),
  'mail.url': planted('mail password'),
  'services[].secrets': planted('declared secret', 'secret of a child'),
  'chat.providers[].key': planted('declared key of a model provider'),
  'services[].config': { not: 'of the connector; operators are told to use secrets' },
};

/** Every field of a request that may hold a secret, by operation and path in its body. */
export const secretFields: Readonly<Record<string, SecretPlace>> = {
  'registerService.token': planted('token of a service'),
  'registerService.secrets': planted('header of a service'),
  'changeService.secrets': planted('header of a service'),
  'authenticate.password': planted('password'),
  'authenticate.totp': { not: 'good for a minute' },
  'authenticate.recoveryCode': planted('recovery code'),
  'refreshTokens.refreshToken': planted('refresh token'),
  'logout.refreshToken': planted('refresh token'),
  'signIn.password': planted('password'),
  'signIn.totp': { not: 'good for a minute' },
  'signIn.recoveryCode': planted('recovery code'),
  'enrolSecondFactor.password': planted('password'),
  'confirmSecondFactor.totp': { not: 'good for a minute' },
  'disableSecondFactor.password': planted('password'),
  'changePassword.oldPassword': planted('password'),
  'changePassword.newPassword': planted('password'),
  'resetPassword.token': planted('password reset'),
  'resetPassword.password': planted('password'),
  'showInvitation.token': planted('invitation'),
  'acceptInvitation.token': planted('invitation'),
  'acceptInvitation.password': planted('password'),
  'joinByInvitation.token': planted('invitation'),
  'createSsoConnection.clientSecret': planted('SSO client secret'),
  'changeSsoConnection.clientSecret': planted('SSO client secret'),
  'eraseSelf.password': planted('password'),
  'eraseSelf.totp': { not: 'good for a minute' },
  'eraseSelf.recoveryCode': planted('recovery code'),
  'createGuardrail.secret': planted('webhook secret'),
  'changeGuardrail.secret': planted('webhook secret'),
  'createApprovalRule.secret': planted('approval webhook secret'),
  'changeApprovalRule.secret': planted('approval webhook secret'),
  'createExporter.credential': planted('exporter credential'),
  'changeExporter.credential': planted('exporter credential'),
  'createModelProvider.key': planted('key of a model provider'),
  'changeModelProvider.key': planted('key of a model provider'),
  'createModelProvider.models[].outputTokensMax': howMany,
  'changeModelProvider.models[].outputTokensMax': howMany,
  'createAgent.settings.outputTokensMax': howMany,
  'changeAgent.settings.outputTokensMax': howMany,
  'createChatCompletion.max_tokens': howMany,
  'createChatCompletion.max_completion_tokens': howMany,
  'createResponse.max_output_tokens': howMany,
  'startConnection.subjectToken': planted('subject token'),
  'approveDefinition.hash': digest,
  'rejectDefinition.hash': digest,
};
