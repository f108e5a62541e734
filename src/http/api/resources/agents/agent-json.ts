import { z } from '@hono/zod-openapi';
import type { Agent, AgentSettings, AgentVersion } from '../../../../chat/agents/agent.ts';
import type { VersionDiff } from '../../../../chat/agents/compare-versions.ts';
import { limits } from '../../../../kernel/limits.ts';
import { agentLimits } from '../../../../kernel/limits/chat/agent-limits.ts';
import { amountText, currencyCode } from '../billing/credit-json.ts';
import { agentSlug, agentValue } from '../chat/agent-fields.ts';
import { chatId } from '../chat/chat-schemas.ts';

const {
  agentNameCharactersMax,
  agentDescriptionCharactersMax,
  agentPromptCharactersMax,
  agentVariablesMax,
  agentVariableNameLengthMax,
  agentChoicesMax,
  agentFallbacksMax,
  agentToolPatternsMax,
  agentPinnedToolsMax,
  agentTemperatureMax,
} = agentLimits;

const TOKENS_MAX = 1_000_000_000;
const VERSION = /^[1-9]\d{0,8}$/;

/** The parameter of an agent's path. */
export const agentParams = z.strictObject({ agent: chatId });

const number = z.string().regex(VERSION, 'Give the number of a version.');

/** The parameters of a version's path. */
export const versionParams = z.strictObject({ agent: chatId, number });

/** Which version another one is compared with. */
export const diffQuery = z.strictObject({
  against: number.describe('The version that it is compared with.'),
});

const variable = z.strictObject({
  name: z
    .string()
    .max(agentVariableNameLengthMax)
    .regex(/^[A-Za-z]\w*$/, 'Give letters, digits and underscores, a letter first.'),
  type: z.enum(['text', 'number', 'boolean', 'choice']),
  description: z.string().max(agentDescriptionCharactersMax).default(''),
  isRequired: z.boolean().default(false),
  default: agentValue.nullable().default(null).describe('Stands where no value is given.'),
  choices: z.array(z.string().min(1).max(agentNameCharactersMax)).max(agentChoicesMax).default([]),
});

const model = z.string().min(1).max(limits.titleLengthMax);

const tools = z.strictObject({
  allowed: z
    .array(z.string().min(1).max(limits.accessPatternLengthMax))
    .max(agentToolPatternsMax)
    .nullable()
    .default(null)
    .describe('Patterns such as `orders__get*`, within what the caller may use; null for all.'),
  pinned: z
    .array(z.string().min(1).max(limits.accessPatternLengthMax))
    .max(agentPinnedToolsMax)
    .default([])
    .describe('Names of tools that the model is always shown.'),
});

const agentRunLimits = z.strictObject({
  steps: z.int().min(1).max(limits.chatStepsMax).nullable().default(null),
  seconds: z
    .int()
    .min(1)
    .max(limits.chatRunMsMax / 1_000)
    .nullable()
    .default(null),
  parallelCalls: z.int().min(1).max(limits.chatParallelCallsMax).nullable().default(null),
  cost: z.strictObject({ amount: amountText, currency: currencyCode }).nullable().default(null),
});

const settings = z
  .strictObject({
    model: model.nullable().default(null).describe('`provider/model`; null for the default.'),
    fallbacks: z.array(model).max(agentFallbacksMax).default([]),
    tools: tools.default({ allowed: null, pinned: [] }),
    limits: agentRunLimits
      .default({ steps: null, seconds: null, parallelCalls: null, cost: null })
      .describe('Whoever chats can make them less, and never more.'),
    prompt: z.string().max(agentPromptCharactersMax).describe('Variables stand as {{name}}.'),
    variables: z.array(variable).max(agentVariablesMax).default([]),
    temperature: z.number().min(0).max(agentTemperatureMax).nullable().default(null),
    outputTokensMax: z.int().min(1).max(TOKENS_MAX).nullable().default(null),
  })
  .openapi('AgentSettings');

const name = z.string().trim().min(1).max(agentNameCharactersMax);
const description = z.string().trim().max(agentDescriptionCharactersMax);

/** An agent to be added. */
export const newAgentSchema = z
  .strictObject({ slug: agentSlug, name, description: description.default(''), settings })
  .openapi('NewAgent');

/** What changes of an agent. */
export const agentChangeSchema = z
  .strictObject({
    name,
    description,
    settings: settings.describe('Of the draft, whole; it is made when there is none.'),
  })
  .partial()
  .openapi('AgentChange');

/** Which version is published. */
export const publishSchema = z
  .strictObject({
    number: z.int().min(1).optional().describe('The draft when absent; an old one to go back.'),
    evaluation: chatId
      .optional()
      .describe('A report on this draft, in which no case became worse; refused otherwise.'),
  })
  .openapi('AgentPublication');

/** An agent, without what it is. */
export const agentSchema = z
  .strictObject({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    description: z.string(),
    model: z.string().describe('What it is called where a model is named: `agent/{slug}`.'),
    published: z.int().nullable().describe('The version that is used.'),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('Agent');

/** The agents that the caller may chat with. */
export const agentsSchema = z.strictObject({ agents: z.array(agentSchema) }).openapi('Agents');

/** An agent with what a chat with it has to be given. */
export const agentContentSchema = z
  .strictObject({ ...agentSchema.shape, variables: z.array(variable) })
  .openapi('AgentContent');

/** A version. */
export const agentVersionSchema = z
  .strictObject({
    number: z.int(),
    state: z.enum(['draft', 'published']),
    settings,
    createdAtMs: z.int(),
    publishedAtMs: z.int().nullable(),
  })
  .openapi('AgentVersion');

/** The versions of an agent. */
export const agentVersionsSchema = z
  .strictObject({ versions: z.array(agentVersionSchema) })
  .openapi('AgentVersions');

/** What two versions do not have in common. */
export const agentDiffSchema = z
  .strictObject({
    changes: z.array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    prompt: z
      .array(z.strictObject({ mark: z.enum([' ', '-', '+']), line: z.string() }))
      .describe('The lines of both prompts; empty when they are the same.'),
  })
  .openapi('AgentDiff');

/** An agent as it is shown. */
export function agentJson(agent: Agent): z.output<typeof agentSchema> {
  return { ...agent, model: `agent/${agent.slug}` };
}

/** A version as it is shown. */
export function agentVersionJson(version: AgentVersion): z.output<typeof agentVersionSchema> {
  return structuredClone(version) as z.output<typeof agentVersionSchema>;
}

/** Variables as they are shown. */
export function variablesJson({ variables }: AgentSettings) {
  return structuredClone(variables) as z.output<typeof variable>[];
}

/** A comparison as it is shown. */
export function diffJson(diff: VersionDiff): z.output<typeof agentDiffSchema> {
  return structuredClone(diff) as z.output<typeof agentDiffSchema>;
}
