import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import { agentLimits } from '../../../../kernel/limits/chat/agent-limits.ts';

const { agentValueCharactersMax, agentVariableNameLengthMax, agentVariablesMax } = agentLimits;

/** The slug of an agent. */
export const agentSlug = z
  .string()
  .max(limits.slugLengthMax)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Give lower-case letters, digits and single hyphens.');

/** A value of a variable. */
export const agentValue = z.union([
  z.string().max(agentValueCharactersMax),
  z.number(),
  z.boolean(),
]);

/** What variables of a prompt are given. */
export const agentValues = z
  .record(z.string().max(agentVariableNameLengthMax), agentValue)
  .refine((given) => Object.keys(given).length <= agentVariablesMax, {
    error: `Give at most ${agentVariablesMax}.`,
  });
