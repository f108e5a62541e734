/** The bounds of charging and of the ledger; a part of `limits`. */
export const ledgerLimits = {
  /** Ids of one batch that are further apart in time are read apart. */
  billingRunGapMs: 10_000,
  /** Records rated in one transaction, unless a single run of ids has more. */
  ratedRecordsMax: 2_000,
  /** How often records that wait to be rated are looked for, whoever was hinted. */
  billingRateLookMs: 10_000,
  /** How soon after a drain its records are rated. */
  billingRateHintMs: 200,
  /** How often periods that are over are looked for. */
  billingPeriodLookMs: 300_000,
  /** How long after its end a period still takes what belongs to it. */
  billingGraceMs: 72 * 3_600_000,
  /** Periods that one look opens or closes for a subscription. */
  billingPeriodsPerLookMax: 24,
  /** How often the books are compared with the records. */
  billingReconcileMs: 3_600_000,
  /** The most that one posting may move, in billionths: a hundred million units. */
  chargeNanoMax: 100_000_000n * 1_000_000_000n,
  /** How often invoices that are due are looked for, and how many one look makes of a tenant. */
  invoiceLookMs: 300_000,
  invoicesPerLookMax: 50,
  /** Coupons of the gateway, and those that a tenant was given, ended ones too. */
  couponsMax: 1_000,
  couponsPerTenantMax: 100,
  /** Rules that a coupon names. */
  couponRulesMax: 100,
  /** How often something of one invoice is given back. */
  creditNotesPerInvoiceMax: 100,
  /** Days of a trial. */
  trialDaysMax: 3_650,
  /** Taxes on a tenant's invoices. */
  taxRatesMax: 10,
  /** Characters of a line, and of an address, in billing details. */
  billingNameCharactersMax: 200,
  billingAddressCharactersMax: 1_000,
  /** Why a record could not be rated, as it is kept. */
  refusalCharactersMax: 300,
  /** Versions of plans that are kept compiled. */
  compiledPlansMax: 200,
} as const;
