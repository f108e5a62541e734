import { pino, type DestinationStream } from 'pino';
import type { Log, LogFields } from '../../kernel/log.ts';
import type { Config } from '../config/config-schema.ts';
import { prettyDestination, type LogOutput } from './pretty-destination.ts';

/**
 * Fields that may stand on a log line. A field that is not here never reaches the log, so a
 * request, a header or a secret cannot get there by accident.
 */
const allowedFields: ReadonlySet<string> = new Set([
  'action',
  'approvalId',
  'address',
  'attempt',
  'backlogBytes',
  'bytes',
  'bytesIn',
  'bytesOut',
  'cause',
  'clientEra',
  'code',
  'command',
  'connectionId',
  'count',
  'credentialId',
  'domain',
  'durationMs',
  'era',
  'error',
  'errorId',
  'event',
  'exitCode',
  'failures',
  'fence',
  'fromVersion',
  'grantId',
  'host',
  'issuer',
  'job',
  'keyId',
  'kind',
  'lineBytes',
  'method',
  'migrations',
  'name',
  'operation',
  'outcome',
  'path',
  'pid',
  'port',
  'protocolVersion',
  'reason',
  'retryMs',
  'rpcCode',
  'rule',
  'ruleId',
  'runId',
  'conversationId',
  'agentId',
  'segment',
  'segments',
  'service',
  'serviceId',
  'sessionId',
  'signal',
  'slug',
  'stack',
  'state',
  'status',
  'stderr',
  'target',
  'tenant',
  'tool',
  'tools',
  'toVersion',
  'types',
  'upstreamEra',
  'upstreamMs',
  'url',
  'userId',
  'validTo',
  'version',
  'where',
  'workId',
]);

/** Longest text of one field; a stack fits. */
const FIELD_LENGTH_MAX = 4_096;

/** Makes the structured log: one JSON object a line, or readable text. */
export function createLog(config: Config['log'], output: LogOutput = process.stdout): Log {
  const destination: DestinationStream = isPretty(config, output)
    ? prettyDestination(output)
    : { write: (line) => void output.write(line) };
  const logger = pino(
    {
      level: config.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (level) => ({ level }),
        log: (fields) => onlyAllowed(fields as LogFields),
      },
    },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** True when people read this output: asked for, or `auto` on a terminal. */
export function isPretty(config: Config['log'], output: LogOutput): boolean {
  return config.format === 'pretty' || (config.format === 'auto' && output.isTTY === true);
}

function onlyAllowed(fields: LogFields): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (allowedFields.has(name)) kept[name] = scalar(value);
  }
  return kept;
}

/** Callers without types may pass anything: an object is named by its type, never written out. */
function scalar(value: unknown): unknown {
  if (typeof value === 'string') return withoutUrlSecrets(value).slice(0, FIELD_LENGTH_MAX);
  return typeof value === 'object' && value !== null ? `[${typeof value}]` : value;
}

/** URLs carry credentials in the user part and in the query; neither is for the log. */
function withoutUrlSecrets(text: string): string {
  if (!text.includes('://')) return text;
  return text.replaceAll(
    /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/?#@]*@)?([^\s?#]*)(\?[^\s#]*)?/gi,
    '$1$3',
  );
}
