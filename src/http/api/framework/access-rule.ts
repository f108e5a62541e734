import { z } from '@hono/zod-openapi';
import { limits } from '../../../kernel/limits.ts';

const patterns = z
  .array(z.string().min(1).max(limits.accessPatternLengthMax))
  .max(limits.accessPatternsMax);

/** What a key or a role reaches. */
export const accessRule = z
  .strictObject({
    services: patterns.describe('Slugs of services.').optional(),
    tools: patterns.describe('Tools as {service}__{tool}, for example orders__get*.').optional(),
    prompts: patterns.describe('Prompts as {service}__{prompt}.').optional(),
    resources: patterns.describe('URIs of resources and texts of URI templates.').optional(),
  })
  .openapi('AccessRule');
