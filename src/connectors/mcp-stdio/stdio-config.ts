import { z } from 'zod';
import { programTimeouts, type ServiceTimeouts } from '../../upstream/timeouts.ts';

/** How a stdio server is started. */
export interface StdioConfig {
  /** An executable: a path, or a name found in PATH. No shell reads it. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the child's environment; `${NAME}` in a value is the service's secret NAME. */
  readonly env: Readonly<Record<string, string>>;
  /** The child's working directory; the gateway's own when absent. */
  readonly cwd?: string;
  /** Which protocol era is spoken; `auto` asks the server. */
  readonly era: 'auto' | 'modern' | 'legacy';
  /**
   * Who meets what a server of an older revision keeps in its memory: everybody, one caller, or
   * one session of a caller. Servers of 2026-07-28 keep nothing between requests.
   */
  readonly isolation: 'shared' | 'caller' | 'session';
  /** A child that nobody used for this long ends, with what it remembers. */
  readonly idleMs: number;
  /** How long the server is waited for. */
  readonly timeouts?: Omit<ServiceTimeouts, 'connectMs'>;
}

const IDLE_MS = 600_000;
const IDLE_MS_MAX = 24 * 3_600_000;

const noNul = z.string().regex(/^[^\0]*$/, 'must not contain a NUL character');
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a variable name');

/** The configuration of a stdio service; unknown keys are errors. */
export const stdioConfig: z.ZodType<StdioConfig> = z
  .strictObject({
    command: noNul.min(1),
    args: z.array(noNul).default([]),
    env: z.record(variableName, noNul).default({}),
    cwd: noNul.min(1).optional(),
    era: z.enum(['auto', 'modern', 'legacy']).default('auto'),
    isolation: z.enum(['shared', 'caller', 'session']).default('caller'),
    idleMs: z.int().min(1_000).max(IDLE_MS_MAX).default(IDLE_MS),
    timeouts: programTimeouts.optional(),
  })
  .transform(({ cwd, timeouts, ...rest }) => ({
    ...rest,
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeouts === undefined ? {} : { timeouts }),
  }));
