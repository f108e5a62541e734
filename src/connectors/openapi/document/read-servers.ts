import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { ServerSource } from '../model/operation-source.ts';
import type { SourceDocument } from './source-document.ts';

/** Values chosen for server variables, by variable name. */
export type ServerVariables = Readonly<Record<string, string>>;

/**
 * Reads a 3.x `servers` list with every variable at its chosen or default value; undefined when
 * there is none.
 */
export function readServers(
  document: SourceDocument,
  value: Json | undefined,
  chosen: ServerVariables,
): readonly ServerSource[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const servers: ServerSource[] = [];
  for (const item of value as readonly Json[]) {
    const server = readServer(document, item, chosen);
    if (server !== undefined) servers.push(server);
  }
  return servers.length === 0 ? undefined : servers;
}

/** Reads 2.0's `schemes`, `host` and `basePath`, or the host template that stands for the host. */
export function readServers2(
  document: SourceDocument,
  chosen: ServerVariables,
): readonly ServerSource[] {
  const { root } = document;
  const template = hostTemplate(document, chosen);
  const host = template?.host ?? root['host'];
  const basePath = typeof root['basePath'] === 'string' ? root['basePath'] : '';
  const path = basePath === '' || basePath.startsWith('/') ? basePath : `/${basePath}`;
  if (typeof host !== 'string' || host === '') return [{ url: path === '' ? '/' : path }];
  const schemes = Array.isArray(root['schemes']) ? (root['schemes'] as readonly Json[]) : [];
  const scheme = schemes.includes('https') || !schemes.includes('http') ? 'https' : 'http';
  const prefix = template?.hasScheme === true ? '' : `${scheme}://`;
  return [{ url: `${prefix}${host.replace(/\/+$/, '')}${path}` }];
}

/** `x-ms-parameterized-host`: a host with parameters, which configuration sets like variables. */
function hostTemplate(
  document: SourceDocument,
  chosen: ServerVariables,
): { readonly host: string; readonly hasScheme: boolean } | undefined {
  const extension = document.root['x-ms-parameterized-host'];
  if (!isJsonObject(extension) || typeof extension['hostTemplate'] !== 'string') return undefined;
  const list = Array.isArray(extension['parameters']) ? extension['parameters'] : [];
  const parameters = new Map(
    (list as readonly Json[]).map((item) => {
      const parameter = document.follow(item) ?? {};
      return [parameter['name'], parameter] as const;
    }),
  );
  const host = extension['hostTemplate'].trim().replace(/\{([^{}]*)\}/g, (whole, name: string) => {
    const { default: fallback, enum: values } = parameters.get(name) ?? {};
    const only = Array.isArray(values) && values.length === 1 ? (values[0] as Json) : undefined;
    const value = Object.hasOwn(chosen, name) ? chosen[name] : (fallback ?? only);
    return value === undefined || typeof value === 'object' ? whole : String(value);
  });
  return { host, hasScheme: extension['useSchemePrefix'] === false };
}

function readServer(
  document: SourceDocument,
  item: Json,
  chosen: ServerVariables,
): ServerSource | undefined {
  if (!isJsonObject(item) || typeof item['url'] !== 'string') return undefined;
  const variables = isJsonObject(item['variables']) ? item['variables'] : {};
  const url = item['url'].trim().replace(/\{([^{}]*)\}/g, (whole, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value = Object.hasOwn(chosen, name) ? chosen[name] : undefined;
    if (isJsonObject(variable)) return valueOf(document, name, variable, value) ?? whole;
    return value ?? whole;
  });
  const description = item['description'];
  return typeof description === 'string' ? { url, description } : { url };
}

function valueOf(
  document: SourceDocument,
  name: string,
  variable: JsonObject,
  chosen: string | undefined,
): string | undefined {
  const value = chosen ?? variable['default'];
  const listed = Array.isArray(variable['enum']) ? (variable['enum'] as readonly Json[]) : [];
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  if (listed.length > 0 && !listed.some((item) => item === value || item === String(value))) {
    document.report({
      severity: 'warning',
      code: 'server_variable',
      text: `Server variable "${name}" has the value "${String(value)}", which its enum lacks.`,
    });
  }
  return String(value);
}
