import type { AccessLayer, AccessRule, Permission } from '../../src/kernel/permissions.ts';
import { tenantId, type Principal } from '../../src/kernel/principal.ts';
import { compilePermissions, holding } from '../../src/policy/compile-permissions.ts';

/** What a test says of a caller; the rest follows. */
export interface TestCaller {
  readonly tenant?: string;
  readonly user?: string;
  /** Also the credential's id. */
  readonly grant?: string;
  /** The name of a role that every tenant has. */
  readonly role?: string;
  readonly scopes?: readonly Permission[];
  readonly kind?: 'user' | 'service_account';
  readonly access?: AccessRule;
  /** Further layers; all must allow. */
  readonly layers?: readonly AccessLayer[];
}

/** A caller for tests: an owner of tenant `ten_a` who may use everything. */
export function testPrincipal({
  tenant = 'ten_a',
  user = 'usr_1',
  grant = 'key_1',
  role = 'owner',
  kind = 'user',
  scopes,
  access,
  layers = [],
}: TestCaller = {}): Principal {
  return {
    tenant: tenantId(tenant),
    subject: { kind, id: user },
    grantId: grant,
    credentialId: grant,
    permissions: compilePermissions(
      { ...holding(role), isOperator: tenant === 'ten_a' },
      {
        scopes: scopes ?? null,
        access: access === undefined ? layers : [[access], ...layers],
      },
    ),
  };
}
