import type { PriceRates } from '../../../../chat/models/price.ts';
import { parseExact, toNano } from '../../../../kernel/exact.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  cardJson,
  modelsSchema,
  newPriceSchema,
  priceJson,
  priceParams,
  priceSchema,
  pricesSchema,
} from './model-json.ts';
import { providerRoutes, type ModelRouteDeps } from './provider-routes.ts';

export type { ModelRouteDeps } from './provider-routes.ts';

/** What the routes of models need besides the time. */
type Deps = ModelRouteDeps & { now(): number };

const tag = 'Models';
const path = '/api/v1/models/prices';

/** The language models of the tenant, their providers and their prices. */
export function modelRoutes(deps: Deps): ApiRoute[] {
  return [
    listRoute(deps),
    ...providerRoutes(deps),
    listPricesRoute(deps),
    addPriceRoute(deps),
    removePriceRoute(deps),
  ];
}

const listRoute = ({ models }: Deps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/models'],
    operationIds: ['listModels'],
    tag,
    summary: 'List the models that can be named',
    description: 'The default first. A model without its provider is a name too, if it is unique.',
    permission: 'models.read',
    answers: { 200: { description: 'All of the tenant.', schema: modelsSchema } },
    handle: async ({ principal }) => {
      const cards = await (await models()).book.list(principal.tenant);
      return respondJson(200, { models: cards.map(cardJson) });
    },
  });

const listPricesRoute = ({ models }: Deps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: [path],
    operationIds: ['listModelPrices'],
    tag,
    summary: 'List what models cost',
    description:
      'For a million tokens. Built-in prices are shown where the tenant has none of its own; a ' +
      'model without any is unpriced.',
    permission: 'models.read',
    answers: { 200: { description: 'All of the tenant.', schema: pricesSchema } },
    handle: async ({ principal }) => {
      const prices = await (await models()).prices.list(principal.tenant);
      return respondJson(200, { prices: prices.map(priceJson) });
    },
  });

const addPriceRoute = ({ models, basePath, now }: Deps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: [path],
    operationIds: ['addModelPrice'],
    tag,
    summary: 'Say what a model costs from a moment on',
    description: 'Until the next one of the model. The first one replaces what is built in.',
    permission: 'models.manage',
    body: {
      schema: newPriceSchema,
      example: { model: 'openai/gpt-5', currency: 'USD', input: '1.25', output: '10' },
    },
    answers: { 201: { description: 'Added.', schema: priceSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { model, currency, validFromMs = now() } = body;
      const { prices } = await models();
      const price = { model, currency, validFromMs, rates: ratesOf(body) };
      const made = await prices.add(principal.tenant, price);
      const headers = { Location: `${basePath}${path}/${made.id}` };
      return respondJson(201, priceJson(made), headers);
    },
  });

const removePriceRoute = ({ models }: Deps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: [`${path}/{price}`],
    operationIds: ['removeModelPrice'],
    tag,
    summary: 'Take a price back',
    description: 'What was charged by it stays as it is.',
    permission: 'models.manage',
    params: priceParams,
    answers: { 204: { description: 'Removed.' } },
    handle: async ({ principal, params: { price } }) => {
      await (await models()).prices.remove(principal.tenant, price);
      return respondEmpty();
    },
  });

function ratesOf(said: {
  readonly input: string;
  readonly cachedInput?: string | undefined;
  readonly cacheWrite?: string | undefined;
  readonly output: string;
}): PriceRates {
  const nano = (text: string): bigint => toNano(parseExact(text));
  const optional = (text: string | undefined): bigint | null =>
    text === undefined ? null : nano(text);
  return {
    input: nano(said.input),
    cachedInput: optional(said.cachedInput),
    cacheWrite: optional(said.cacheWrite),
    output: nano(said.output),
  };
}
