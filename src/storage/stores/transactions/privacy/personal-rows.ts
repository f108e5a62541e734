import type { AccountKind, TenantKind } from '../../../../identity/privacy/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { SqlText, SqlValue } from '../../sql.ts';

/** Some rows of a person: a table with a condition, and how they stop to be personal. */
export interface PersonalRows<Kind> {
  readonly kind: Kind;
  readonly count: SqlText;
  readonly erase: SqlText;
}

/** Who is meant. */
export interface PersonRow {
  readonly id: string;
  readonly login: string;
  readonly email: string | null;
}

/**
 * The rows of a person in a tenant, or with null in all, in an order in which they can be deleted.
 * A new table that says something of a person gets its line here.
 */
export function tenantRows(
  { id, login, email }: PersonRow,
  tenant: TenantId | null,
): readonly PersonalRows<TenantKind>[] {
  // Every condition begins with the tenant, so that none is forgotten.
  const [here, at]: [string, SqlValue[]] =
    tenant === null ? ['', []] : ['tenant_id = ? AND ', [tenant]];
  const of = (kind: TenantKind, table: string, condition: string, ...values: SqlValue[]) =>
    rows(kind, table, `${here}${condition}`, [...at, ...values]);
  const theirGrants = `grant_id IN (SELECT id FROM access_grant WHERE ${here}user_id = ?)`;
  // A login may be an address as well.
  const invited = [email ?? login, login].map(
    (address) => `%"email":${likeText(JSON.stringify(address))}%`,
  );
  const isInvitation = "kind = 'invitation' AND (data LIKE ? ESCAPE '!' OR data LIKE ? ESCAPE '!')";
  return [
    of('groupMemberships', 'group_member', 'user_id = ?', id),
    of('keys', 'api_key', "subject_kind = 'user' AND subject_id = ?", id),
    of('clientCertificates', 'client_certificate', "subject_kind = 'user' AND subject_id = ?", id),
    of('loginSessions', 'login_session', 'user_id = ?', id),
    of('refreshTokens', 'refresh_token', theirGrants, ...at, id),
    rows('authorizationSteps', 'oauth_artifact', theirGrants, [...at, id]),
    of('grants', 'access_grant', 'user_id = ?', id),
    of('connections', 'connection', 'user_id = ?', id),
    of('connectionTokens', 'vault_item', 'owner = ?', id),
    of('connectionSteps', 'connect_state', 'user_id = ?', id),
    of('sessions', 'managed_session', 'user_id = ?', id),
    of('approvals', 'approval', 'subject_id = ?', id),
    {
      ...of('decisionReasons', 'approval', 'decided_by = ? AND reason IS NOT NULL', id),
      erase: statement(`UPDATE approval SET reason = NULL WHERE ${here}decided_by = ?`, [
        ...at,
        id,
      ]),
    },
    of('links', 'one_time_token', 'user_id = ?', id),
    of('invitations', 'one_time_token', isInvitation, ...invited),
    of('identityLinks', 'identity_link', 'user_id = ?', id),
    of('captures', 'capture', 'user_id = ?', id),
    of('trainingConsents', 'chat_consent', "subject_kind = 'user' AND subject_id = ?", id),
    // With what was said and done in them, and their files.
    of('conversations', 'chat_conversation', "subject_kind = 'user' AND subject_id = ?", id),
    of('toolUses', 'tool_use', "subject_kind = 'user' AND subject_id = ?", id),
    {
      ...of('billingContacts', 'billing_details', 'email IN (?, ?)', email ?? login, login),
      erase: statement(`UPDATE billing_details SET email = '' WHERE ${here}email IN (?, ?)`, [
        ...at,
        email ?? login,
        login,
      ]),
    },
    of('memberships', 'membership', 'user_id = ?', id),
  ];
}

/** What the captured calls of a person hold: it goes before the captures do. */
export function capturedContents({ id }: PersonRow, tenant: TenantId | null): SqlText {
  const [here, at]: [string, SqlValue[]] =
    tenant === null ? ['', []] : ['tenant_id = ? AND ', [tenant]];
  return statement(
    `DELETE FROM vault_item WHERE ${here}owner = 'capture'
      AND name IN (SELECT id FROM capture WHERE ${here}user_id = ?)`,
    [...at, ...at, id],
  );
}

/** The rows of a person that belong to no tenant. */
export function accountRows({ id }: PersonRow): readonly PersonalRows<AccountKind>[] {
  return [
    rows('secondFactors', 'second_factor', 'user_id = ?', [id]),
    rows('providerLogins', 'sso_login', 'user_id = ?', [id]),
    rows('mailCounts', 'sign_in_attempt', 'key = ?', [`mail:${id}`]),
    rows('account', 'account', 'id = ?', [id]),
  ];
}

function rows<Kind>(
  kind: Kind,
  table: string,
  condition: string,
  values: readonly SqlValue[],
): PersonalRows<Kind> {
  return {
    kind,
    count: statement(`SELECT count(*) AS rows FROM ${table} WHERE ${condition}`, values),
    erase: statement(`DELETE FROM ${table} WHERE ${condition}`, values),
  };
}

/** A statement whose text is written above, with its values in the places of `?`. */
function statement(text: string, values: readonly SqlValue[]): SqlText {
  return { texts: text.split('?'), values };
}

/** A text that LIKE takes as it is. */
function likeText(text: string): string {
  return text.replaceAll(/[!%_]/g, '!$&');
}
