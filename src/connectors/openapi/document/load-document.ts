import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Diagnostic } from '../model/compiled-document.ts';
import { parseYaml, type YamlResult } from './parse-yaml.ts';

/** A document's text turned into an object. */
export interface LoadedDocument {
  readonly root: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a document from JSON or YAML, with or without a byte order mark. Throws GatewayError
 * `invalid_document` or `payload_too_large`.
 */
export function loadDocument(source: string | Uint8Array): LoadedDocument {
  const text = (typeof source === 'string' ? source : decode(source)).replace(/^\uFEFF/, '');
  if (Buffer.byteLength(text) > limits.documentBytesMax) throw tooLarge(limits.documentBytesMax);
  const json = tryJson(text);
  if (json !== undefined) return { root: asObject(json), diagnostics: [] };
  if (Buffer.byteLength(text) > limits.yamlBytesMax) throw tooLarge(limits.yamlBytesMax);
  const { value, warnings } = readYaml(text);
  return {
    root: asObject(value),
    diagnostics: warnings.map((warning) => ({
      severity: 'warning',
      code: 'duplicate_key',
      text: `In the YAML, ${warning}.`,
    })),
  };
}

function decode(bytes: Uint8Array): string {
  if (bytes.byteLength > limits.documentBytesMax) throw tooLarge(limits.documentBytesMax);
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('The document is not UTF-8 text.');
  }
}

function tryJson(text: string): Json | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function readYaml(source: string): YamlResult {
  const yamlLimits = {
    depthMax: limits.documentDepthMax,
    aliasesMax: limits.yamlAliasesMax,
    timeMs: limits.yamlParseMs,
  };
  try {
    return parseYaml(source, yamlLimits);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw invalid(`The document cannot be read as JSON or YAML: ${problem}`);
  }
}

function asObject(value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalid('An OpenAPI document must be an object.');
}

const invalid = (problem: string): GatewayError => new GatewayError('invalid_document', problem);

const tooLarge = (bytesMax: number): GatewayError =>
  new GatewayError('payload_too_large', `The document is larger than ${bytesMax} bytes.`);
