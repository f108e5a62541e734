import type { FixtureEra } from './fixture/start-fixture.ts';

/** One part of the run, and what it has to reach. */
export interface Cell {
  readonly name: string;
  /** What the table says of it. */
  readonly title: string;
  /** The revision whose requirement set is run. */
  readonly revision: string;
  /** Scenarios that count, and how many of them have to pass. */
  readonly scored: { readonly total: number; readonly bar: number };
  /** Scenarios that are run without counting for the revision. */
  readonly unscored: { readonly total: number; readonly bar: number };
}

/** The gateway as a server: one combination of client and upstream. */
export interface ServerCell extends Cell {
  readonly client: 'modern' | 'legacy';
  readonly upstream: Exclude<FixtureEra, 'both'>;
  /** Scenarios that no requirement set names. */
  readonly further: readonly string[];
}

/** The gateway as a client: the suite is the upstream, and clients of its era call through. */
export interface ClientCell extends Cell {
  readonly era: 'modern' | 'legacy';
}

const skillScenarios: readonly string[] = [
  'sep-2640-skills-directory',
  'sep-2640-skills-enumeration',
  'sep-2640-skills-manifest',
];

/** Scenarios the suite itself always skips, whatever the server does. */
export const skippedBySuite: readonly string[] = ['tasks-status-notifications'];

/**
 * The four cells of the gateway as a server; totals are what suite 0.2.0-alpha.12 holds, without
 * the skipped ones.
 */
export const serverCells: readonly ServerCell[] = [
  {
    name: 'modern-modern',
    title: 'modern → modern',
    client: 'modern',
    upstream: 'modern',
    revision: '2026-07-28',
    scored: { total: 37, bar: 37 },
    unscored: { total: 15, bar: 15 },
    further: skillScenarios,
  },
  {
    name: 'legacy-legacy',
    title: 'legacy → legacy',
    client: 'legacy',
    upstream: 'legacy',
    revision: '2025-11-25',
    scored: { total: 30, bar: 30 },
    unscored: { total: 3, bar: 3 },
    further: [],
  },
  {
    name: 'modern-legacy',
    title: 'modern → legacy',
    client: 'modern',
    upstream: 'legacy',
    revision: '2026-07-28',
    scored: { total: 37, bar: 35 },
    unscored: { total: 15, bar: 15 },
    further: skillScenarios,
  },
  {
    name: 'legacy-modern',
    title: 'legacy → modern',
    client: 'legacy',
    upstream: 'modern',
    revision: '2025-11-25',
    scored: { total: 30, bar: 30 },
    unscored: { total: 3, bar: 3 },
    further: [],
  },
];

/** The gateway as a client; totals are the suite's scenarios. */
export const clientCells: readonly ClientCell[] = [
  {
    name: 'client-modern',
    title: 'client 2026-07-28',
    era: 'modern',
    revision: '2026-07-28',
    scored: { total: 32, bar: 32 },
    unscored: { total: 7, bar: 4 },
  },
  {
    name: 'client-legacy',
    title: 'client 2025-11-25',
    era: 'legacy',
    revision: '2025-11-25',
    scored: { total: 18, bar: 18 },
    unscored: { total: 7, bar: 4 },
  },
];

/** Names of all cells. */
export const cellNames: readonly string[] = [...serverCells, ...clientCells].map(
  ({ name }) => name,
);
