import type { AccessLayer, AccessRule } from '../../src/kernel/permissions.ts';
import { tenantId, type Principal, type Role } from '../../src/kernel/principal.ts';
import { compilePermissions } from '../../src/policy/compile-permissions.ts';

/** What a test says of a caller; the rest follows. */
export interface TestCaller {
  readonly tenant?: string;
  readonly user?: string;
  /** Also the credential's id. */
  readonly grant?: string;
  readonly role?: Role;
  readonly access?: AccessRule;
  /** Further layers; all must allow. */
  readonly layers?: readonly AccessLayer[];
}

/** A caller for tests: an administrator of tenant `ten_a` who may use everything. */
export function testPrincipal({
  tenant = 'ten_a',
  user = 'usr_1',
  grant = 'key_1',
  role = 'admin',
  access,
  layers = [],
}: TestCaller = {}): Principal {
  return {
    tenant: tenantId(tenant),
    subject: { kind: 'user', id: user },
    grantId: grant,
    credentialId: grant,
    permissions: compilePermissions(role, {
      scopes: null,
      access: access === undefined ? layers : [[access], ...layers],
    }),
  };
}
