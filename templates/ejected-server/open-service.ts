import type { Credential } from '../../src/connectors/openapi/auth/credential.ts';
import {
  makeService,
  type OpenapiService,
} from '../../src/connectors/openapi/call/make-service.ts';
import {
  openSurface,
  type ServiceSurface,
} from '../../src/connectors/openapi/surface/open-surface.ts';
import { createOriginBreakers } from '../../src/connectors/openapi/call/origin-breakers.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { createPlainEgress } from './plain-egress.ts';
import { readServiceData, type ServiceData } from './service-data.ts';

/** The process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The API, ready to be called. */
export interface OpenedService {
  readonly name: string;
  readonly service: OpenapiService;
  readonly surface: ServiceSurface;
  /** Every tool, whatever the surface shows. */
  readonly tools: ServiceSurface;
}

/**
 * Opens the API that this project was made for. `BASE_URL` takes the place of the document's
 * servers; the README lists the variables that hold credentials.
 */
export function openService(environment: Environment): OpenedService {
  const data = readServiceData();
  const settings = {
    ...data.settings,
    ...baseUrlOf(environment),
    credentials: credentialsOf(data, environment),
  };
  const service = makeService(data.document, settings, {
    documentUrl: data.documentUrl,
    source: data.source,
    egress: createPlainEgress(),
    secret: (name) => readVariable(environment, name),
    origins: createOriginBreakers(() => {}),
  });
  const all = { ...settings, exposure: 'static' } as const;
  const [surface, tools] = [openSurface(settings, service), openSurface(all, service)];
  return { name: data.name, service, surface, tools };
}

function baseUrlOf({ BASE_URL: baseUrl }: Environment): { readonly baseUrl?: string } {
  if (baseUrl === undefined || baseUrl === '') return {};
  if (!/^https?:/i.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new GatewayError('invalid_configuration', 'BASE_URL must be an http: or https: address.');
  }
  return { baseUrl };
}

function credentialsOf(
  { credentials }: ServiceData,
  environment: Environment,
): Readonly<Record<string, Credential>> {
  const set = Object.entries(credentials).flatMap(([scheme, options]): [string, Credential][] => {
    const option = options.find(({ variables }) =>
      variables.every((name) => isSet(environment, name)),
    );
    return option === undefined ? [] : [[scheme, option.credential]];
  });
  return Object.fromEntries(set);
}

const isSet = (environment: Environment, name: string): boolean =>
  environment[name] !== undefined && environment[name] !== '';

function readVariable(environment: Environment, name: string): Promise<string> {
  const value = environment[name];
  if (value !== undefined) return Promise.resolve(value);
  const text = `The environment variable ${name} is not set.`;
  return Promise.reject(new GatewayError('invalid_configuration', text));
}
