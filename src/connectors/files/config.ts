import { isAbsolute } from 'node:path';
import { z } from 'zod';

const ROOTS_MAX = 16;

const root = z.strictObject({
  name: z
    .string()
    .max(32)
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Use lower-case letters, digits and single hyphens.')
    .describe('Stands for the folder in tools and resource URIs.'),
  path: z
    .string()
    .max(4_096)
    .refine((path) => isAbsolute(path) && !path.includes('\0'), 'Give an absolute path.')
    .describe('A folder of the machine the gateway runs on.'),
  writable: z.boolean().optional().describe('False unless given: nothing is ever written.'),
});

/** The configuration of one file service. */
export const filesConfig = z.strictObject({
  roots: z
    .array(root)
    .min(1)
    .max(ROOTS_MAX)
    .refine((roots) => new Set(roots.map(({ name }) => name)).size === roots.length, {
      error: 'Two roots have the same name.',
    }),
  hidden: z
    .boolean()
    .optional()
    .describe('True to serve names that begin with a dot; they are as good as absent otherwise.'),
  exclude: z
    .array(z.string().min(1).max(512))
    .max(100)
    .optional()
    .describe('Paths that are as good as absent: `*` is one name, `**` any number of folders.'),
});

/** The configuration of one file service. */
export type FilesConfig = z.infer<typeof filesConfig>;
