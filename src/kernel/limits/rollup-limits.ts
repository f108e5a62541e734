/** The bounds of what is summed up by the hour and the day, and of questions about it. */
export const rollupLimits = {
  /** Rows of a facet of a tenant in an hour and in a day; the rest shares one row per outcome. */
  rollupHourRowsMax: 2_000,
  rollupDayRowsMax: 5_000,
  /** The most that one record adds to a sum, so that a sum stays exact for a long time. */
  rollupAddendMax: 1_000_000_000_000,
  /** Records or charges that are counted in one transaction when rows are made again. */
  rollupRebuildRowsMax: 2_000,
  /** How often tenants whose rows are to be made again are looked for. */
  rollupRebuildLookMs: 60_000,
  /** Groups of one answer, and in a file. */
  analyticsGroupsMax: 100,
  analyticsFileRowsMax: 10_000,
  /** Groups that are shown over time, and hours that are shown one by one. */
  analyticsSeriesMax: 10,
  analyticsHoursMax: 31 * 24,
  /** Values that a filter lists. */
  analyticsFilterValuesMax: 50,
} as const;
