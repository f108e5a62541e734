import { z } from '@hono/zod-openapi';
import type { Expected } from '../../../../chat/evaluation/case.ts';
import type { EvaluationDesk } from '../../../../chat/evaluation/evaluation-desk.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { agentParams } from './agent-json.ts';
import {
  caseJson,
  caseParams,
  caseSchema,
  evaluationRequest,
  newCaseSchema,
  reportJson,
  reportParams,
  reportSchema,
} from './evaluation-json.ts';

/** What the routes need. */
export interface EvaluationRouteDeps {
  evaluations(): Promise<EvaluationDesk>;
  readonly basePath: string;
}

const path = '/api/v1/chat/agents/{agent}';
const shared = { tag: 'Agents', permission: 'agents.manage' } as const;

/** What agents are tried with, and what came of it. */
export function evaluationRoutes(deps: EvaluationRouteDeps): ApiRoute[] {
  return [...caseRoutes(deps), ...reportRoutes(deps)];
}

const caseRoutes = ({ evaluations, basePath }: EvaluationRouteDeps): ApiRoute[] => [
  defineRoute({
    ...shared,
    method: 'get',
    paths: [`${path}/cases`],
    operationIds: ['listAgentCases'],
    summary: 'List the questions that an agent is tried with',
    params: agentParams,
    answers: {
      200: {
        description: 'The oldest first.',
        schema: z.strictObject({ cases: z.array(caseSchema) }).openapi('AgentCases'),
      },
    },
    handle: async ({ principal, params: { agent } }) => {
      const all = await (await evaluations()).cases(principal.tenant, agent);
      return respondJson(200, { cases: all.map(caseJson) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'post',
    paths: [`${path}/cases`],
    operationIds: ['addAgentCase'],
    summary: 'Add a question, typed or of a conversation of yours',
    params: agentParams,
    body: {
      schema: newCaseSchema,
      form: (value) => newCaseSchema.options[isRecorded(value) ? 1 : 0] as unknown as z.ZodType,
      example: { question: 'Is order 17 late?', expected: { calls: [{ tool: 'orders__get' }] } },
    },
    answers: { 201: { description: 'Added.', schema: caseSchema } },
    errors: ['conflict'],
    handle: async ({ principal, params: { agent }, body }) => {
      const desk = await evaluations();
      const made =
        'question' in body
          ? await desk.addCase(principal.tenant, agent, {
              question: body.question,
              values: body.variables,
              // It came as JSON.
              expected: body.expected as Expected,
            })
          : await desk.recordCase(principal, agent, body.conversation, body.message);
      const Location = `${basePath}${path.replace('{agent}', agent)}/cases/${made.id}`;
      return respondJson(201, caseJson(made), { Location });
    },
  }),
  defineRoute({
    ...shared,
    method: 'delete',
    paths: [`${path}/cases/{case}`],
    operationIds: ['removeAgentCase'],
    summary: 'Remove a question',
    params: caseParams,
    answers: { 204: { description: 'Removed.' } },
    handle: async ({ principal, params: { agent, case: id } }) => {
      await (await evaluations()).removeCase(principal.tenant, agent, id);
      return respondEmpty();
    },
  }),
];

const reportRoutes = ({ evaluations, basePath }: EvaluationRouteDeps): ApiRoute[] => [
  defineRoute({
    ...shared,
    method: 'post',
    paths: [`${path}/evaluations`],
    operationIds: ['evaluateAgent'],
    summary: 'Try a version of an agent, beside the published one',
    description:
      'Asks every question as a chat of yours: it costs what chats cost, and calls that need an ' +
      'approval are refused. It goes on after the answer; read the report until it is finished.',
    params: agentParams,
    body: { schema: evaluationRequest, example: {} },
    answers: { 202: { description: 'It has begun.', schema: reportSchema } },
    errors: ['conflict'],
    handle: async ({ principal, params: { agent }, body: { number } }) => {
      const report = await (await evaluations()).begin(principal, agent, number);
      const Location = `${basePath}${path.replace('{agent}', agent)}/evaluations/${report.id}`;
      return respondJson(202, reportJson(report), { Location });
    },
  }),
  defineRoute({
    ...shared,
    method: 'get',
    paths: [`${path}/evaluations`],
    operationIds: ['listAgentEvaluations'],
    summary: 'List reports on an agent',
    params: agentParams,
    answers: {
      200: {
        description: 'The newest first.',
        schema: z.strictObject({ evaluations: z.array(reportSchema) }).openapi('AgentEvaluations'),
      },
    },
    handle: async ({ principal, params: { agent } }) => {
      const all = await (await evaluations()).reports(principal.tenant, agent);
      return respondJson(200, { evaluations: all.map(reportJson) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'get',
    paths: [`${path}/evaluations/{evaluation}`],
    operationIds: ['getAgentEvaluation'],
    summary: 'Read a report on an agent',
    params: reportParams,
    answers: { 200: { description: 'As far as it is.', schema: reportSchema } },
    handle: async ({ principal, params: { agent, evaluation } }) => {
      const found = await (await evaluations()).report(principal.tenant, agent, evaluation);
      return respondJson(200, reportJson(found));
    },
  }),
];

function isRecorded(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'conversation' in value;
}
