import { Ajv } from 'ajv';
import { isJsonObject, type Json, type JsonObject } from '../../../src/kernel/json.ts';

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string;
  /** Path with query, below the API's base path. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Which operation a request is, and what about it is not as the document says. */
export interface JudgedRequest {
  /** `GET /search/movie`; undefined when it is none. */
  readonly operation: string | undefined;
  readonly faults: readonly string[];
}

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly literals: number;
  readonly parameters: readonly JsonObject[];
  readonly body: JsonObject | undefined;
}

/**
 * Judges requests by an OpenAPI 3.0 document and nothing else: path and method, every parameter
 * there and of its type, none that is unknown, a body that its schema accepts, the credential where
 * the document puts it. Shares no code with the gateway.
 */
export class DocumentedApi {
  readonly #document: JsonObject;
  readonly #operations: readonly Operation[];
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, coerceTypes: false });

  constructor(document: JsonObject) {
    this.#document = document;
    this.#operations = this.#readOperations().toSorted((a, b) => b.literals - a.literals);
  }

  judge(request: ArrivedRequest): JudgedRequest {
    const url = new URL(request.target, 'http://api.invalid');
    const found = this.#operations.find(
      ({ method, pattern }) => method === request.method && pattern.test(url.pathname),
    );
    if (found === undefined) return { operation: undefined, faults: ['no such operation'] };
    const faults = [
      ...this.#judgePath(found, url),
      ...this.#judgeQuery(found, url),
      ...this.#judgeBody(found, request),
      ...this.#judgeCredential(request, url),
    ];
    return { operation: found.name, faults };
  }

  #readOperations(): Operation[] {
    const operations: Operation[] = [];
    for (const [path, item] of Object.entries(this.#object(this.#document['paths']))) {
      const shared = this.#objects(this.#object(item)['parameters']);
      for (const [method, value] of Object.entries(this.#object(item))) {
        if (!/^(get|put|post|delete|patch)$/.test(method)) continue;
        const operation = this.#object(value);
        const content = this.#object(this.#object(operation['requestBody'])['content']);
        const body = this.#object(content['application/json'])['schema'];
        operations.push({
          name: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          pattern: new RegExp(`^${path.replaceAll(/\{([^}]+)\}/g, '(?<$1>[^/]+)')}$`),
          literals: path.split('/').filter((part) => !part.startsWith('{')).length,
          parameters: [...shared, ...this.#objects(operation['parameters'])],
          body: body === undefined ? undefined : this.#inlined(this.#object(body), 0),
        });
      }
    }
    return operations;
  }

  #judgePath({ name, pattern, parameters }: Operation, url: URL): string[] {
    const values = pattern.exec(url.pathname)?.groups ?? {};
    return Object.entries(values).flatMap(([key, raw]) => {
      const parameter = parameters.find((one) => one['in'] === 'path' && one['name'] === key);
      if (parameter === undefined) return [`${name} declares no path parameter ${key}`];
      return this.#judgeText(`path parameter ${key}`, parameter, [decodeURIComponent(raw)]);
    });
  }

  #judgeQuery({ parameters }: Operation, url: URL): string[] {
    const declared = parameters.filter((one) => one['in'] === 'query');
    const names = new Set(declared.map((one) => one['name']));
    const key = this.#keyParameter();
    const unknown = [...url.searchParams.keys()].filter((one) => !names.has(one) && one !== key);
    const faults = unknown.map((one) => `query parameter ${one} is unknown`);
    for (const parameter of declared) {
      const name = textOf(parameter['name']);
      const values = url.searchParams.getAll(name);
      if (values.length > 0) {
        faults.push(...this.#judgeText(`query parameter ${name}`, parameter, values));
      } else if (isTrue(parameter['required'])) {
        faults.push(`query parameter ${name} is missing`);
      }
    }
    return faults;
  }

  /** What a text in a URL says must be of the parameter's type. */
  #judgeText(what: string, parameter: JsonObject, values: readonly string[]): string[] {
    const schema = this.#object(parameter['schema']);
    return values
      .filter((value) => !isOfType(value, schema['type']))
      .map((value) => `${what} is no ${textOf(schema['type'])}: ${value}`);
  }

  #judgeBody({ body }: Operation, request: ArrivedRequest): string[] {
    if (request.body === '') return [];
    if (body === undefined) return ['a body, and the operation takes none'];
    const type = String(request.headers['content-type'] ?? '');
    if (!type.startsWith('application/json')) return [`the body is ${type}`];
    try {
      const value = JSON.parse(request.body) as Json;
      if (this.#ajv.validate(body, value)) return [];
      return [`body: ${this.#ajv.errorsText()}`];
    } catch {
      return ['the body is no JSON'];
    }
  }

  #judgeCredential(request: ArrivedRequest, url: URL): string[] {
    const key = this.#keyParameter();
    if (key !== undefined) {
      return url.searchParams.get(key) === CREDENTIAL ? [] : [`${key} is not in the query`];
    }
    return request.headers['authorization'] === `Bearer ${CREDENTIAL}` ? [] : ['no bearer token'];
  }

  /** The query parameter that carries the API's key; undefined when it is a bearer token. */
  #keyParameter(): string | undefined {
    const schemes = this.#object(this.#object(this.#document['components'])['securitySchemes']);
    const inQuery = Object.values(schemes)
      .map((one) => this.#object(one))
      .find((one) => one['type'] === 'apiKey' && one['in'] === 'query');
    return inQuery === undefined ? undefined : textOf(inQuery['name']);
  }

  #objects(value: Json | undefined): JsonObject[] {
    return Array.isArray(value) ? value.map((one) => this.#object(one)) : [];
  }

  /** The object that is there or referred to; an empty one for anything else. */
  #object(value: Json | undefined): JsonObject {
    if (!isJsonObject(value)) return {};
    const reference = value['$ref'];
    if (typeof reference !== 'string') return value;
    let found: Json | undefined = this.#document;
    for (const step of reference.slice(2).split('/')) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      found = isJsonObject(found) ? found[name] : undefined;
    }
    return this.#object(found);
  }

  /** A schema with its references replaced, as deep as requests of these APIs go. */
  #inlined(value: Json, depth: number): JsonObject {
    const walk = (one: Json): Json => {
      if (Array.isArray(one)) return one.map(walk);
      return isJsonObject(one) ? this.#inlined(one, depth + 1) : one;
    };
    if (depth > 12) return {};
    const whole = this.#object(value);
    const { required, ...rest } = whole;
    const inlined = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, walk(one)]));
    return Array.isArray(required) ? { ...inlined, required } : inlined;
  }
}

/** The one credential of the APIs. */
export const CREDENTIAL = 'restbench-credential';

/** One of the two documents writes its booleans as texts. */
function isTrue(value: Json | undefined): boolean {
  return value === true || value === 'true';
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isOfType(text: string, type: Json | undefined): boolean {
  switch (type) {
    case 'integer':
      return /^-?\d+$/.test(text);
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text));
    case 'boolean':
      return text === 'true' || text === 'false';
    default:
      return true;
  }
}
