import { getRequestListener } from '@hono/node-server';
import { doorRoutes, type DoorRouteDeps } from './door-routes.ts';
import type { ApiListener } from '../listener/server.ts';
import type { ApiDeps } from './framework/api-deps.ts';
import type { ApiRoute } from './framework/define-route.ts';
import { loggedIn } from './framework/identify.ts';
import { connectRoutes, type ConnectPageDeps } from './resources/connections/connect-routes.ts';
import {
  connectionRoutes,
  type ConnectionRouteDeps,
} from './resources/connections/connection-routes.ts';
import { createApi, type Api } from './create-api.ts';
import { trainingRoutes, type TrainingRouteDeps } from './resources/chat/training-routes.ts';
import {
  evaluationRoutes,
  type EvaluationRouteDeps,
} from './resources/agents/evaluation-routes.ts';
import { agentRoutes, type AgentRouteDeps } from './resources/agents/agent-routes.ts';
import { modelListRoutes } from './resources/agents/model-list-routes.ts';
import { chatRoutes, type ChatRouteDeps } from './resources/chat/chat-routes.ts';
import { responseRoutes } from './resources/chat/responses/response-routes.ts';
import { completionRoutes } from './resources/chat/openai/completion-routes.ts';
import { uiRoutes } from './resources/chat/ui-routes.ts';
import { conversationRoutes } from './resources/chat/conversation-routes.ts';
import { inspectionRoutes } from './resources/chat/inspection-routes.ts';
import { guardRoutes, type GuardRouteDeps } from './guard-routes.ts';
import { exporterRoutes, type ExporterRouteDeps } from './resources/exporters/exporter-routes.ts';
import { modelRoutes, type ModelRouteDeps } from './resources/models/model-routes.ts';
import {
  toolSearchRoutes,
  type ToolSearchRouteDeps,
} from './resources/tool-search/tool-search-routes.ts';
import { webhookRoutes, type WebhookRouteDeps } from './resources/webhooks/webhook-routes.ts';

/** What connecting accounts needs besides what the others have. */
export type ConnectionDeps = Omit<
  ConnectionRouteDeps & ConnectPageDeps,
  'registry' | 'log' | 'openerOf'
>;

/** Everything the control plane needs. */
export type ListenerDeps = ApiDeps &
  DoorRouteDeps &
  GuardRouteDeps &
  WebhookRouteDeps &
  ExporterRouteDeps &
  ModelRouteDeps &
  AgentRouteDeps &
  EvaluationRouteDeps &
  TrainingRouteDeps &
  ChatRouteDeps &
  ToolSearchRouteDeps &
  ConnectionRouteDeps &
  Omit<ConnectPageDeps, 'openerOf'>;

function moreRoutes(deps: ListenerDeps): ApiRoute[] {
  return [
    ...doorRoutes(deps),
    ...guardRoutes(deps),
    ...webhookRoutes(deps),
    ...exporterRoutes(deps),
    ...modelRoutes(deps),
    ...agentRoutes(deps),
    ...evaluationRoutes(deps),
    ...trainingRoutes(deps),
    ...modelListRoutes(deps),
    ...chatRoutes(deps),
    ...uiRoutes(deps),
    ...completionRoutes(deps),
    ...responseRoutes(deps),
    ...conversationRoutes(deps),
    ...inspectionRoutes(deps),
    ...toolSearchRoutes(deps),
    ...connectionRoutes(deps),
    ...connectRoutes({ ...deps, openerOf: (request, client) => loggedIn(deps, request, client) }),
  ];
}

/** The whole control plane, for the network and for who is inside the process. */
export interface ControlPlane {
  readonly api: Api;
  /** As a listener of `node:http`. */
  readonly listener: ApiListener;
}

/** Opens the control plane with all of its routes. */
export function openControlPlane(deps: ListenerDeps): ControlPlane {
  const api = createApi(deps, moreRoutes(deps));
  const listener = getRequestListener(api.fetch, { overrideGlobalObjects: false });
  return { api, listener };
}
