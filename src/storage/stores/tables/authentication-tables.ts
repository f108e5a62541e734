import type { GrantKind, OneTimeKind } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';

/** The tables of signing in, for Kysely; the migrations are the authority. */
export interface AuthenticationTables {
  readonly access_grant: {
    tenant_id: TenantId;
    id: string;
    user_id: string;
    kind: GrantKind;
    client_id: string | null;
    scopes: string | null;
    access: string;
    resource: string | null;
    created_at_ms: number;
    expires_at_ms: number;
    revoked_at_ms: number | null;
  };
  readonly refresh_token: {
    hash: string;
    tenant_id: TenantId;
    grant_id: string;
    created_at_ms: number;
    expires_at_ms: number;
    used_at_ms: number | null;
    successor_sealed: string | null;
  };
  readonly login_session: {
    hash: string;
    id: string;
    user_id: string;
    tenant_id: TenantId;
    grant_id: string;
    created_at_ms: number;
    seen_at_ms: number;
    expires_at_ms: number;
  };
  readonly signing_key: {
    id: string;
    algorithm: string;
    public_jwk: string;
    private_jwk_sealed: string;
    created_at_ms: number;
    retires_at_ms: number | null;
  };
  readonly second_factor: {
    user_id: string;
    kind: 'totp';
    secret_sealed: string;
    last_step: number;
    confirmed_at_ms: number | null;
    recovery_hashes: string;
  };
  readonly one_time_token: {
    hash: string;
    id: string;
    kind: OneTimeKind;
    user_id: string | null;
    tenant_id: TenantId | null;
    data: string;
    created_at_ms: number;
    expires_at_ms: number;
    used_at_ms: number | null;
  };
  readonly sign_in_attempt: {
    key: string;
    count: number;
    last_at_ms: number;
    blocked_until_ms: number;
  };
  readonly sso_connection: {
    id: string;
    tenant_id: TenantId;
    name: string;
    issuer: string;
    client_id: string;
    secret_sealed: string;
    domains: string;
    domains_verified: number;
    settings: string;
    enabled: number;
    created_at_ms: number;
    version: number;
  };
  readonly sso_login: { hash: string; user_id: string; expires_at_ms: number };
}
