/** Limits of the search over tools. */
export const toolSearchLimits = {
  /** Tools that one search shows. */
  searchedToolsMax: 50,
  /** Tools that are described at once. */
  describedToolsMax: 20,
  /** Tools of one view that are indexed; the others are found by their full names alone. */
  toolsPerIndexMax: 50_000,
  /** Indexes that are kept, and tools in all of them together; the longest unused go first. */
  toolIndexesMax: 64,
  indexedToolsMax: 100_000,
  /** Indexes that wait to be built while another one is. */
  toolIndexBuildsWaitingMax: 64,
  /** How long building an index may hold the event loop at a time. */
  toolIndexSliceMs: 8,
  /** Uses that are kept of a tool, and of one user for it. */
  usesPerToolMax: 20,
  usesPerUserAndToolMax: 2,
  /** Tools of a tenant of which uses are kept; the longest unused go first. */
  learntToolsPerTenantMax: 2_000,
  /** Searches whose calls are waited for, of all users together. */
  rememberedSearchesMax: 10_000,
  /** A call that comes later than this after its search was not made for it. */
  searchToCallMs: 10 * 60_000,
  /** What was not confirmed again in this time is forgotten. */
  learntUseMs: 90 * 24 * 3_600_000,
  /** Confirmed uses that an instance holds until they are written; more are left out. */
  toolUsesWrittenMax: 200,
  /** How often they are written, and how often old ones are looked for. */
  toolUseWriteMs: 30_000,
  toolUseSweepMs: 6 * 3_600_000,
  /** What was last confirmed longer ago counts half. */
  freshUseMs: 30 * 24 * 3_600_000,
  /** Tenants of which an instance keeps what was learnt. */
  learntTenantsKeptMax: 200,
  /** How often what is new of a tenant goes into its indexes. */
  learntIndexMs: 2 * 60_000,
} as const;
