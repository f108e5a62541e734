import type { RpcError } from '../../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { rpcCode } from '../../protocol.ts';
import { commonVersion } from './discovered-server.ts';

/** What an answer to `server/discover` says about the server's era. */
export type EraEvidence =
  | { readonly era: 'modern'; readonly result: JsonObject }
  /** A modern server that takes another revision than the one asked with. */
  | { readonly era: 'modern-other'; readonly protocolVersion: string }
  | { readonly era: 'legacy' };

const modernErrors: ReadonlySet<number> = new Set([
  rpcCode.headerMismatch,
  rpcCode.missingCapability,
  rpcCode.unsupportedVersion,
]);

/** Judges a result (versioning, "Backward Compatibility"). */
export function evidenceOfResult(result: JsonObject): EraEvidence {
  const versions = result['supportedVersions'];
  const isModern = commonVersion(versions) !== undefined && isJsonObject(result['capabilities']);
  return isModern ? { era: 'modern', result } : { era: 'legacy' };
}

/**
 * Judges an error. Only errors that modern servers alone answer with are evidence of one; every
 * server must know `server/discover`, so "method not found" is not among them.
 */
export function evidenceOfError(error: RpcError): EraEvidence {
  if (!modernErrors.has(error.rpcCode)) return { era: 'legacy' };
  if (error.rpcCode !== rpcCode.unsupportedVersion) throw error;
  const supported = isJsonObject(error.data) ? error.data['supported'] : undefined;
  const protocolVersion = commonVersion(supported);
  return protocolVersion === undefined
    ? { era: 'legacy' }
    : { era: 'modern-other', protocolVersion };
}
