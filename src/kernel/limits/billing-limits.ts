import { billingFactsLimits } from './billing-facts-limits.ts';
import { ledgerLimits } from './ledger-limits.ts';
import { poolLimits } from './pool-limits.ts';
import { rollupLimits } from './rollup-limits.ts';

/** Limits of price lists, of what is asked about them, and of what is booked. */
export const billingLimits = {
  ...billingFactsLimits,
  ...ledgerLimits,
  ...poolLimits,
  ...rollupLimits,
  /** Plans of the gateway, versions of a plan, and subscriptions of a tenant, past ones too. */
  plansMax: 200,
  planVersionsMax: 1_000,
  subscriptionsPerTenantMax: 1_000,
  /** Rules of a version, its recurring charges, and tiers of a price. */
  rulesPerVersionMax: 2_000,
  recurringChargesMax: 100,
  tiersPerPriceMax: 100,
  /** Names or patterns of one kind in a rule, arguments and windows that it looks at. */
  ruleNamesMax: 100,
  ruleNameLengthMax: 200,
  ruleArgumentsMax: 10,
  ruleWindowsMax: 20,
  /** Digits before and behind the point of an amount or a quantity. */
  amountDigitsMax: 15,
  amountDecimalsMax: 18,
  /** Versions that an instance keeps ready to be asked. */
  plansCompiledMax: 200,
  /** The longest time that is summed up at once, and rows of such an answer. */
  billingRangeDaysMax: 400,
  billingSumsMax: 1_000,
  /** Tenants and usage records that one simulation rates, and simulations that wait for theirs. */
  simulatedTenantsMax: 100,
  simulatedRecordsMax: 200_000,
  simulationsWaitingMax: 4,
  /** Grants that a statement of a user lists. */
  statementGrantsMax: 100,
  /** Names of services and tools whose matching rules are remembered, for each price list. */
  billingNamesKeptMax: 10_000,
} as const;
