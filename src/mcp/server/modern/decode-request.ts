import type { IncomingHttpHeaders } from 'node:http';
import { logLevels } from '../../log-level.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { withoutMember } from '../../../kernel/json-digits.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { decodeHeaderValue } from '../../wire/header-value.ts';
import { withSoundTrace } from '../../wire/trace-context.ts';
import type { RequestFrame } from '../../json-rpc.ts';
import type { McpRequest } from '../../message.ts';
import { meta, modernMethods, modernVersions } from '../../protocol.ts';

/** A request of the modern era with what the door must remember. */
export interface ModernRequest {
  readonly request: McpRequest;
  /** The client's progress token with its JSON type, or undefined. */
  readonly progressToken: string | number | undefined;
}

/** Which parameter `Mcp-Name` mirrors, by method (streamable-http, "Standard Request Headers"). */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** Members of `_meta` that say how a request is made; the others belong to its parameters. */
const ENVELOPE_MEMBERS: readonly string[] = [
  meta.protocolVersion,
  meta.clientCapabilities,
  meta.clientInfo,
  meta.logLevel,
  meta.progressToken,
];

/** True when headers or body claim a modern revision; decides the era of a POST. */
export function claimsModern(
  headers: IncomingHttpHeaders,
  params: unknown,
  method?: unknown,
): boolean {
  const envelope = isJsonObject(params) ? params['_meta'] : undefined;
  const hasClaim = isJsonObject(envelope) && meta.protocolVersion in envelope;
  // Whatever header was left over: who sends this opens a session (basic/versioning).
  if (method === 'initialize') return hasClaim;
  const version = headers['mcp-protocol-version'];
  if (typeof version === 'string' && version >= '2026') return true;
  return hasClaim;
}

/**
 * Checks and decodes a modern request over HTTP: rungs 3 to 6 of the validation ladder, in order.
 * Pass no headers for transports that have none (stdio, WebSocket). Throws GatewayError:
 * `invalid_params`, `header_mismatch`, `unsupported_version`, `method_not_found`.
 */
export function decodeModernRequest(
  frame: RequestFrame,
  headers: IncomingHttpHeaders | undefined,
): ModernRequest {
  const envelope = readEnvelope(frame.params);
  if (headers !== undefined) checkHeaders(frame, headers, envelope.version);
  if (!modernVersions.includes(envelope.version)) throw unsupported(envelope.version);
  if (!modernMethods.has(frame.method)) {
    throw new GatewayError('method_not_found', `Method not found: ${frame.method.slice(0, 100)}`);
  }
  const { version, capabilities, info, logLevel, progressToken, rest } = envelope;
  const client = {
    era: 'modern' as const,
    protocolVersion: version,
    capabilities,
    ...(info === undefined ? {} : { info }),
  };
  const request: McpRequest = {
    method: frame.method,
    params: withMeta(frame.params, rest),
    client,
    wantsProgress: progressToken !== undefined,
    ...(logLevel === undefined ? {} : { logLevel }),
  };
  return { request, progressToken };
}

interface Envelope {
  readonly version: string;
  readonly capabilities: JsonObject;
  readonly info: JsonObject | undefined;
  readonly logLevel: string | undefined;
  readonly progressToken: string | number | undefined;
  /** What is left of `_meta`, or undefined when nothing is. */
  readonly rest: JsonObject | undefined;
}

function readEnvelope(params: JsonObject): Envelope {
  const all = params['_meta'];
  if (!isJsonObject(all)) throw missing(`params._meta`, 'an object');
  const version = all[meta.protocolVersion];
  const capabilities = all[meta.clientCapabilities];
  const info = all[meta.clientInfo];
  const logLevel = all[meta.logLevel];
  const progressToken = all[meta.progressToken];
  if (typeof version !== 'string') throw missing(`_meta["${meta.protocolVersion}"]`, 'a string');
  if (!isJsonObject(capabilities)) {
    throw missing(`_meta["${meta.clientCapabilities}"]`, 'an object');
  }
  if (info !== undefined && !isJsonObject(info)) {
    throw missing(`_meta["${meta.clientInfo}"]`, 'an object');
  }
  if (logLevel !== undefined && (typeof logLevel !== 'string' || !logLevels.includes(logLevel))) {
    throw missing(`_meta["${meta.logLevel}"]`, `one of ${logLevels.join(', ')}`);
  }
  const tokenType = typeof progressToken;
  if (progressToken !== undefined && tokenType !== 'string' && tokenType !== 'number') {
    throw missing('_meta.progressToken', 'a string or a number');
  }
  return {
    version,
    capabilities,
    info,
    logLevel,
    progressToken: progressToken as string | number | undefined,
    // Nearly every request has none, and what is left is dear to copy.
    rest: hasOthers(all) ? withSoundTrace(othersOf(all)) : undefined,
  };
}

function checkHeaders(frame: RequestFrame, headers: IncomingHttpHeaders, version: string): void {
  expectHeader('MCP-Protocol-Version', headers['mcp-protocol-version'], version);
  expectHeader('Mcp-Method', headers['mcp-method'], frame.method);
  const named = Object.hasOwn(NAMED, frame.method) ? NAMED[frame.method] : undefined;
  if (named === undefined) return;
  const value = frame.params[named];
  if (typeof value !== 'string') throw missing(`params.${named}`, 'a string');
  const header = headers['mcp-name'];
  const plain = header === value && !value.startsWith('=?');
  if (plain) return;
  const decoded = typeof header === 'string' ? decodeHeaderValue(header) : undefined;
  expectHeader('Mcp-Name', decoded, value);
}

function expectHeader(name: string, found: string | string[] | undefined, wanted: string): void {
  if (found === wanted) return;
  const text =
    found === undefined
      ? `Header mismatch: the header ${name} is missing or not validly encoded.`
      : `Header mismatch: the header ${name} does not match the body.`;
  throw new GatewayError('header_mismatch', text);
}

function unsupported(requested: string): GatewayError {
  return new GatewayError('unsupported_version', 'Unsupported protocol version', {
    data: { supported: [...modernVersions], requested: requested.slice(0, 100) },
  });
}

function missing(where: string, what: string): GatewayError {
  return new GatewayError('invalid_params', `${where} must be ${what}.`);
}

function withMeta(params: JsonObject, rest: JsonObject | undefined): JsonObject {
  const others = withoutMember(params, '_meta');
  return rest === undefined ? others : { ...others, _meta: rest };
}

function hasOthers(all: JsonObject): boolean {
  for (const name in all) if (!ENVELOPE_MEMBERS.includes(name)) return true;
  return false;
}

/** By destructuring, which keeps the digits of long numbers with them. */
function othersOf(all: JsonObject): JsonObject {
  const {
    [meta.protocolVersion]: _version,
    [meta.clientCapabilities]: _capabilities,
    [meta.clientInfo]: _info,
    [meta.logLevel]: _logLevel,
    [meta.progressToken]: _progressToken,
    ...others
  } = all;
  return others;
}
