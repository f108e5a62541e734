import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import type { Diagnostic } from '../model/compiled-document.ts';
import { findJsonBreak } from './json-break.ts';
import { textSeemsToBe } from './seems-to-be.ts';
import { parseYaml, type YamlResult } from './parse-yaml.ts';

/** A document's text turned into an object. */
export interface LoadedDocument {
  readonly root: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a document from JSON or YAML, with or without a byte order mark. A number that would lose
 * digits is the text of its digits. Throws GatewayError
 * `invalid_document` or `payload_too_large`.
 */
export function loadDocument(source: string | Uint8Array): LoadedDocument {
  const text = (typeof source === 'string' ? source : decode(source)).replace(/^\uFEFF/, '');
  if (Buffer.byteLength(text) > limits.documentBytesMax) throw tooLarge(limits.documentBytesMax);
  const json = tryJson(text);
  if (json !== undefined) return { root: asObject(json), diagnostics: [] };
  const other = textSeemsToBe(text);
  if (other !== undefined) throw invalid(other);
  // What begins like JSON is meant as JSON: YAML would read a part of it as something else.
  if (/^\s*(\{\s*"|\[)/.test(text)) throw brokenJson(text);
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
    return parseExactJson(text);
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
    const tab = source.split('\n').findIndex((line) => /^ *\t/.test(line));
    if (tab !== -1) {
      throw invalid(
        `The document is not valid YAML: line ${tab + 1} is indented with a tab; use spaces.`,
      );
    }
    throw invalid(`The document cannot be read as JSON or YAML: ${problem}`);
  }
}

function brokenJson(text: string): GatewayError {
  const { line, column, ends } = findJsonBreak(text);
  const what = ends ? 'it ends too early, perhaps it was cut off,' : 'something else is expected';
  return invalid(`The document is not valid JSON: ${what} at line ${line}, column ${column}.`);
}

function asObject(value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalid('An OpenAPI document must be an object.');
}

const invalid = (problem: string): GatewayError => new GatewayError('invalid_document', problem);

const tooLarge = (bytesMax: number): GatewayError =>
  new GatewayError('payload_too_large', `The document is larger than ${bytesMax} bytes.`);
