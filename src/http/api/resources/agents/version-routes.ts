import type { AgentBook } from '../../../../chat/agents/agent-book.ts';
import type { EvaluationDesk } from '../../../../chat/evaluation/evaluation-desk.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondJson } from '../../framework/respond.ts';
import {
  agentDiffSchema,
  agentJson,
  agentParams,
  agentSchema,
  agentVersionJson,
  agentVersionSchema,
  agentVersionsSchema,
  diffJson,
  diffQuery,
  publishSchema,
  versionParams,
} from './agent-json.ts';

/** What the routes of versions need. */
export interface VersionRouteDeps {
  agents(): Promise<AgentBook>;
  evaluations(): Promise<EvaluationDesk>;
}

const path = '/api/v1/chat/agents/{agent}';
const shared = { tag: 'Agents', permission: 'agents.manage' } as const;

/** Versions of agents: seen, compared and published. */
export function versionRoutes(deps: VersionRouteDeps): ApiRoute[] {
  return [listRoute(deps), getRoute(deps), diffRoute(deps), publishRoute(deps)];
}

const listRoute = ({ agents }: VersionRouteDeps): ApiRoute =>
  defineRoute({
    ...shared,
    method: 'get',
    paths: [`${path}/versions`],
    operationIds: ['listAgentVersions'],
    summary: 'List the versions of an agent',
    params: agentParams,
    answers: { 200: { description: 'The newest first.', schema: agentVersionsSchema } },
    handle: async ({ principal, params: { agent } }) => {
      const all = await (await agents()).versions(principal.tenant, agent);
      return respondJson(200, { versions: all.map(agentVersionJson) });
    },
  });

const getRoute = ({ agents }: VersionRouteDeps): ApiRoute =>
  defineRoute({
    ...shared,
    method: 'get',
    paths: [`${path}/versions/{number}`],
    operationIds: ['getAgentVersion'],
    summary: 'See one version of an agent',
    params: versionParams,
    answers: { 200: { description: 'The version.', schema: agentVersionSchema } },
    handle: async ({ principal, params: { agent, number } }) => {
      const found = await (await agents()).version(principal.tenant, agent, Number(number));
      return respondJson(200, agentVersionJson(found));
    },
  });

const diffRoute = ({ agents }: VersionRouteDeps): ApiRoute =>
  defineRoute({
    ...shared,
    method: 'get',
    paths: [`${path}/versions/{number}/diff`],
    operationIds: ['compareAgentVersions'],
    summary: 'See what a version has that another one has not',
    params: versionParams,
    query: diffQuery,
    answers: { 200: { description: 'What differs.', schema: agentDiffSchema } },
    handle: async ({ principal, params: { agent, number }, query }) => {
      const [from, to] = [Number(query.against), Number(number)];
      return respondJson(
        200,
        diffJson(await (await agents()).diff(principal.tenant, agent, from, to)),
      );
    },
  });

const publishRoute = ({ agents, evaluations }: VersionRouteDeps): ApiRoute =>
  defineRoute({
    ...shared,
    method: 'post',
    paths: [`${path}/publish`],
    operationIds: ['publishAgent'],
    summary: 'Publish the draft, or an earlier version again',
    description:
      'New chats begin with it from now on. A published version never changes again; its models ' +
      'must be there.',
    params: agentParams,
    versioned: true,
    body: { schema: publishSchema, example: {} },
    answers: { 200: { description: 'The agent as it is then.', schema: agentSchema } },
    errors: ['conflict', 'model_not_configured', 'model_unknown'],
    handle: async ({ principal, params: { agent }, body, ifVersion }) => {
      const { tenant } = principal;
      const { evaluation } = body;
      const book = await agents();
      const judged =
        evaluation === undefined
          ? undefined
          : await (await evaluations()).checkPublishable(tenant, agent, evaluation);
      if (judged !== undefined && (body.number ?? judged.number) !== judged.number) {
        throw new GatewayError('invalid_params', 'evaluation: is about another version.');
      }
      const number = body.number ?? judged?.number;
      const held = ifVersion ?? judged?.ifVersion;
      const after = await book.publish(tenant, agent, number, held);
      return respondJson(200, agentJson(after), entityTag(after));
    },
  });
