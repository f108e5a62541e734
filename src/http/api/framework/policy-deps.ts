import type { Principal, TenantId } from '../../../kernel/principal.ts';
import type { ExplainContext } from '../../../policy/explain/explain-access.ts';
import type { PolicyRules } from '../../../policy/rules/policy-rules.ts';
import type { PolicyStore } from '../../../policy/store.ts';

/** Whose access is asked about; one of them is given. */
export interface AskedCaller {
  /** The id of an API key. */
  readonly key?: string | undefined;
  /** The id of a user, by none of its keys. */
  readonly user?: string | undefined;
  readonly serviceAccount?: string | undefined;
}

/** What the routes of policy need from the rest of the gateway. */
export interface PolicyRouteDeps {
  readonly policy: {
    readonly store: Pick<PolicyStore, 'rules' | 'rule' | 'settings'>;
    readonly rules: Pick<PolicyRules, 'create' | 'update' | 'remove' | 'change'>;
    /** Who would call by this key, or as this user; undefined when the tenant has none. */
    callerOf(tenant: TenantId, asked: AskedCaller): Promise<Principal | undefined>;
    explaining(principal: Principal): ExplainContext;
  };
}
