import { completeModel, type GivenModel } from '../../../../chat/models/complete-model.ts';
import type { Models } from '../../../../chat/models/create-models.ts';
import type { ProviderSettings } from '../../../../chat/models/provider.ts';
import { defineRoute, present, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  newProviderSchema,
  providerChangeSchema,
  providerJson,
  providerParams,
  providerSchema,
  providersSchema,
  trialRequestSchema,
  trialSchema,
} from './model-json.ts';

/** What the routes of models need. */
export interface ModelRouteDeps {
  /** Loaded when it is first asked for. */
  readonly models: () => Promise<Models>;
  readonly basePath: string;
}

const tag = 'Models';
const permission = 'models.manage';
const path = '/api/v1/models/providers';

/** Whom the tenant asks for language models. */
export function providerRoutes(deps: ModelRouteDeps): ApiRoute[] {
  return [
    createRoute(deps),
    listRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    testRoute(deps),
  ];
}

const createRoute = ({ models, basePath }: ModelRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['createModelProvider'],
    tag,
    summary: 'Add a provider of language models',
    description:
      'A vendor, or a server of your own that speaks its API. A model that is made the default ' +
      'takes that from the one before.',
    permission,
    body: {
      schema: newProviderSchema,
      example: {
        name: 'openai',
        settings: { kind: 'openai' },
        key: 'the-key-of-your-account',
        models: [{ id: 'gpt-5', isDefault: true }],
      },
    },
    answers: { 201: { description: 'Added.', schema: providerSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { name, key } = body;
      const settings = body.settings as ProviderSettings;
      const entries = body.models.map((given) => completeModel(settings, given as GivenModel));
      const { providers } = await models();
      const wanted = { name, settings, models: entries, key };
      const made = await providers.create(principal.tenant, wanted);
      const headers = { Location: `${basePath}${path}/${made.id}`, ...entityTag(made) };
      return respondJson(201, providerJson(made), headers);
    },
  });

const listRoute = ({ models }: ModelRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listModelProviders'],
    tag,
    summary: 'List providers of language models',
    permission,
    answers: { 200: { description: 'All of the tenant.', schema: providersSchema } },
    handle: async ({ principal }) => {
      const all = await (await models()).providers.list(principal.tenant);
      return respondJson(200, { providers: all.map(providerJson) });
    },
  });

const getRoute = ({ models }: ModelRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [`${path}/{provider}`],
    operationIds: ['getModelProvider'],
    tag,
    summary: 'See one provider',
    permission,
    params: providerParams,
    answers: { 200: { description: 'The provider.', schema: providerSchema } },
    versioned: true,
    handle: async ({ principal, params: { provider } }) => {
      const found = await (await models()).providers.get(principal.tenant, provider);
      return respondJson(200, providerJson(found), entityTag(found));
    },
  });

const changeRoute = ({ models }: ModelRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: [`${path}/{provider}`],
    operationIds: ['changeModelProvider'],
    tag,
    summary: 'Change a provider',
    description:
      '`settings` and `models` replace the whole of each; settings keep the kind, and another ' +
      'base URL needs the key again. What is running notices with its next request.',
    permission,
    params: providerParams,
    body: { schema: providerChangeSchema, example: { models: [{ id: 'gpt-5-mini' }] } },
    answers: { 200: { description: 'The provider as it is then.', schema: providerSchema } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { provider: id }, body, ifVersion }) => {
      if (Object.keys(body).length === 0) {
        throw nothingToChange('Give one of name, settings, models, key.');
      }
      const { providers } = await models();
      const { settings: given, models: entries, ...rest } = present(body);
      const settings = given as ProviderSettings | undefined;
      const before = await providers.get(principal.tenant, id);
      const change = {
        ...rest,
        ...(settings === undefined ? {} : { settings }),
        ...(entries === undefined
          ? {}
          : {
              models: entries.map((one) =>
                completeModel(settings ?? before.settings, one as GivenModel),
              ),
            }),
      };
      const after = await providers.update(principal.tenant, id, change, ifVersion);
      return respondJson(200, providerJson(after), entityTag(after));
    },
  });

const removeRoute = ({ models }: ModelRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{provider}`],
    operationIds: ['removeModelProvider'],
    tag,
    summary: 'Remove a provider with its key',
    permission,
    params: providerParams,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { provider }, ifVersion }) => {
      await (await models()).providers.remove(principal.tenant, provider, ifVersion);
      return respondEmpty();
    },
  });

const testRoute = ({ models }: ModelRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [`${path}/{provider}/test`],
    operationIds: ['testModelProvider'],
    tag,
    summary: 'Ask a provider for a few tokens',
    description: 'Says in plain words what is wrong. The provider charges for it.',
    permission,
    params: providerParams,
    body: { schema: trialRequestSchema, example: {} },
    answers: { 200: { description: 'How it answered.', schema: trialSchema } },
    handle: async ({ principal, params: { provider }, body: { model } }) => {
      const trial = await (await models()).tryProvider(principal.tenant, provider, model);
      return respondJson(200, { ok: trial.problem === null, ...trial });
    },
  });
