import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import type { Diagnostic } from '../model/compiled-document.ts';
import { objectSeemsToBe } from './seems-to-be.ts';
import type { Dialect } from '../model/operation-source.ts';

/**
 * Finds out which generation a document is of. Throws GatewayError `invalid_document` when it is
 * not an OpenAPI document at all or has nothing to offer.
 */
export function detectDialect(
  document: unknown,
  report: (diagnostic: Diagnostic) => void,
): Dialect {
  if (!isJsonObject(document)) {
    throw invalid('An OpenAPI document must be an object.');
  }
  const dialect = dialectOf(document);
  if (dialect === undefined) throw invalid(versionProblem(document));
  if (!isJsonObject(document['paths'])) {
    const other = ['components', 'webhooks', 'definitions'].some((key) =>
      isJsonObject(document[key]),
    );
    if (!other) throw invalid('The document has no "paths" object.');
    report({
      severity: 'warning',
      code: 'no_paths',
      text: 'The document has no "paths": it describes no operation to call.',
    });
  }
  return dialect;
}

function dialectOf(document: JsonObject): Dialect | undefined {
  const openapi = text(document['openapi']);
  if (/^3\.0(\.|$)/.test(openapi)) return '3.0';
  if (/^3\.1(\.|$)/.test(openapi)) return '3.1';
  // A later minor version is read as the newest one known; minor versions are compatible.
  if (/^3\.\d+(\.|$)/.test(openapi)) return '3.2';
  // YAML turns `openapi: 3` into a number.
  if (openapi === '3') return '3.0';
  return /^2(\.0)?$/.test(text(document['swagger'])) ? '2.0' : undefined;
}

function versionProblem(document: JsonObject): string {
  const version = text(document['openapi'] ?? document['swagger']);
  const other = version === '' ? objectSeemsToBe(document) : undefined;
  if (other !== undefined) return other;
  return version === ''
    ? 'The document has no "openapi" or "swagger" version; 2.0, 3.0, 3.1 and 3.2 are read.'
    : `OpenAPI version "${version.slice(0, 32)}" is not known; 2.0, 3.0, 3.1 and 3.2 are read.`;
}

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

const invalid = (problem: string): GatewayError => new GatewayError('invalid_document', problem);
