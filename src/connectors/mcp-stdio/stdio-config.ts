import { z } from 'zod';

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
}

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
  })
  .transform(({ cwd, ...rest }) => (cwd === undefined ? rest : { ...rest, cwd }));
