import { limits } from '../../../kernel/limits.ts';
import { fingerprint } from '../text/safe-key.ts';

/** What a tool's name is made from. */
export interface NameSource {
  /** `METHOD /path`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operationId: string | undefined;
}

/**
 * Names every operation: legal for every model provider, unique, and a function of the
 * operations themselves, not of their order.
 */
export function toolNames(
  sources: readonly NameSource[],
  lengthMax: number = limits.toolNameLengthMax,
): ReadonlyMap<string, string> {
  const wanted = sources.map((source) => [source, readable(source)] as const);
  const counts = new Map<string, number>();
  for (const [, name] of wanted) {
    // Some clients fold case.
    const key = cut(name, name, lengthMax).toLowerCase();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const names = new Map<string, string>();
  for (const [source, name] of wanted) {
    const short = cut(name, name, lengthMax);
    const shared = (counts.get(short.toLowerCase()) ?? 0) > 1;
    names.set(source.id, shared ? withMark(name, source.id, lengthMax) : short);
  }
  return names;
}

function readable(source: NameSource): string {
  const fromId = clean(source.operationId ?? '');
  if (fromId !== '') return fromId;
  const fromPath = clean(`${source.method.toLowerCase()}_${source.path}`);
  return /[^A-Za-z0-9_/{}.:~-]/.test(source.path)
    ? withMark(fromPath, source.id, limits.toolNameLengthMax)
    : fromPath;
}

/** Letters, digits, `_` and `-`; a letter or `_` first, as the strictest provider wants. */
function clean(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '');
  return /^\d/.test(name) ? `op_${name}` : name;
}

/** A long name keeps its head and its tail, and a fingerprint of the whole. */
function cut(name: string, whole: string, lengthMax: number): string {
  if (name.length <= lengthMax) return name;
  const mark = fingerprint(whole, 6);
  const room = lengthMax - mark.length - 2;
  const tail = Math.floor(room / 3);
  return `${name.slice(0, room - tail)}_${name.slice(-tail)}_${mark}`;
}

const withMark = (name: string, whole: string, lengthMax: number): string =>
  `${name.slice(0, lengthMax - 7)}_${fingerprint(whole, 6)}`;
