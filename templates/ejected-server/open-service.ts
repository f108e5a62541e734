import type { Credential } from '../../src/connectors/openapi/credential.ts';
import { makeService, type OpenapiService } from '../../src/connectors/openapi/make-service.ts';
import { openSurface, type ServiceSurface } from '../../src/connectors/openapi/open-surface.ts';
import { createOriginBook } from '../../src/connectors/openapi/origin-book.ts';
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
    origins: createOriginBook(() => {}),
  });
  const all = { ...settings, exposure: 'static' } as const;
  const [surface, tools] = [openSurface(settings, service), openSurface(all, service)];
  return { name: data.name, service, surface, tools };
}

function baseUrlOf({ BASE_URL: given }: Environment): { readonly baseUrl?: string } {
  if (given === undefined || given === '') return {};
  if (!/^https?:/i.test(given) || !URL.canParse(given)) {
    throw new GatewayError('invalid_configuration', 'BASE_URL must be an http: or https: address.');
  }
  return { baseUrl: given };
}

function credentialsOf(
  { credentials }: ServiceData,
  environment: Environment,
): Readonly<Record<string, Credential>> {
  const set = Object.entries(credentials).flatMap(([scheme, ways]): [string, Credential][] => {
    const way = ways.find(({ variables }) => variables.every((name) => isSet(environment, name)));
    return way === undefined ? [] : [[scheme, way.credential]];
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
