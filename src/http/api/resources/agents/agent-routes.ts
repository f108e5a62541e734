import type { AgentBook } from '../../../../chat/agents/agent-book.ts';
import type { Agent } from '../../../../chat/agents/agent.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { defineRoute, present, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  agentChangeSchema,
  agentContentSchema,
  agentJson,
  agentParams,
  agentSchema,
  agentsSchema,
  newAgentSchema,
  variablesJson,
} from './agent-json.ts';
import { versionRoutes, type VersionRouteDeps } from './version-routes.ts';

/** What the routes of agents need. */
export interface AgentRouteDeps extends VersionRouteDeps {
  /** Loaded when it is first asked for. */
  agents(): Promise<AgentBook>;
  readonly basePath: string;
}

const tag = 'Agents';
const path = '/api/v1/chat/agents';
const one = { tag, params: agentParams, versioned: true } as const;

/** What chats begin with: kept, shown to who may chat, and its versions. */
export function agentRoutes(deps: AgentRouteDeps): ApiRoute[] {
  return [
    createRoute(deps),
    listRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    ...versionRoutes(deps),
  ];
}

const mayManage = ({ permissions }: Principal): boolean => permissions.actions.has('agents.manage');

const createRoute = ({ agents, basePath }: AgentRouteDeps): ApiRoute =>
  defineRoute({
    tag,
    method: 'post',
    paths: [path],
    operationIds: ['createAgent'],
    permission: 'agents.manage',
    summary: 'Add an agent',
    description: 'Its settings are a draft: nobody but who may manage agents chats with it yet.',
    body: {
      schema: newAgentSchema,
      example: {
        slug: 'support',
        name: 'Support',
        settings: {
          prompt: 'You help customers of {{shop}}.',
          variables: [{ name: 'shop', type: 'text', isRequired: true }],
          tools: { allowed: ['orders__get*'] },
        },
      },
    },
    answers: { 201: { description: 'Added.', schema: agentSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const made = await (await agents()).create(principal.tenant, body);
      const headers = { Location: `${basePath}${path}/${made.id}`, ...entityTag(made) };
      return respondJson(201, agentJson(made), headers);
    },
  });

const listRoute = ({ agents }: AgentRouteDeps): ApiRoute =>
  defineRoute({
    tag,
    method: 'get',
    paths: [path],
    operationIds: ['listAgents'],
    permission: 'chat.use',
    summary: 'List agents to chat with',
    description: 'Who may manage agents sees those without a published version too.',
    answers: { 200: { description: 'By slug.', schema: agentsSchema } },
    handle: async ({ principal }) => {
      const all = await (await agents()).list(principal.tenant);
      const seen = all.filter((agent) => isSeen(agent, principal));
      return respondJson(200, { agents: seen.map(agentJson) });
    },
  });

const getRoute = ({ agents }: AgentRouteDeps): ApiRoute =>
  defineRoute({
    ...one,
    method: 'get',
    paths: [`${path}/{agent}`],
    operationIds: ['getAgent'],
    permission: 'chat.use',
    summary: 'See an agent, and what a chat with it has to be given',
    answers: { 200: { description: 'The agent.', schema: agentContentSchema } },
    handle: async ({ principal, params: { agent: id } }) => {
      const book = await agents();
      const agent = await book.get(principal.tenant, id);
      if (!isSeen(agent, principal)) throw new GatewayError('not_found');
      const [newest] = await book.versions(principal.tenant, id);
      const number = agent.published ?? newest?.number ?? 0;
      const { settings } = await book.version(principal.tenant, id, number);
      const content = { ...agentJson(agent), variables: variablesJson(settings) };
      return respondJson(200, content, entityTag(agent));
    },
  });

const changeRoute = ({ agents }: AgentRouteDeps): ApiRoute =>
  defineRoute({
    ...one,
    method: 'patch',
    paths: [`${path}/{agent}`],
    operationIds: ['changeAgent'],
    permission: 'agents.manage',
    summary: 'Change an agent, or its draft',
    description: 'Published versions stay as they are; chats go on with what they began with.',
    body: { schema: agentChangeSchema, example: { name: 'Support in English' } },
    answers: { 200: { description: 'The agent as it is then.', schema: agentSchema } },
    errors: ['conflict'],
    handle: async ({ principal, params: { agent: id }, body, ifVersion }) => {
      const change = present(body);
      if (Object.keys(change).length === 0) {
        throw nothingToChange('Give one of name, description, settings.');
      }
      const after = await (await agents()).update(principal.tenant, id, change, ifVersion);
      return respondJson(200, agentJson(after), entityTag(after));
    },
  });

const removeRoute = ({ agents }: AgentRouteDeps): ApiRoute =>
  defineRoute({
    ...one,
    method: 'delete',
    paths: [`${path}/{agent}`],
    operationIds: ['removeAgent'],
    permission: 'agents.manage',
    summary: 'Remove an agent with all of its versions',
    description: 'Conversations with it stay, and can be read but not gone on with.',
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    handle: async ({ principal, params: { agent: id }, ifVersion }) => {
      await (await agents()).remove(principal.tenant, id, ifVersion);
      return respondEmpty();
    },
  });

function isSeen({ published }: Agent, principal: Principal): boolean {
  return published !== null || mayManage(principal);
}
