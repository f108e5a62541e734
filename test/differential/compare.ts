import { UNCHANGED, type Difference } from './differences.ts';
import { labelOf, type Frame } from './frame.ts';
import type { Compared } from './run-frames.ts';
import type { Outcome } from './send-frame.ts';

/** Returns what is wrong: differences that are not listed, and listed ones that are not there. */
export function compare(
  compared: readonly Compared[],
  listed: readonly Difference[],
): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const unchanged = new Map(
    compared.filter(({ frame }) => frame.change === 'none').map((one) => [baseOf(one.frame), one]),
  );
  for (const one of compared) {
    const gateway = textOf(one.gateway);
    const reference = textOf(one.reference);
    if (gateway === reference) continue;
    const good = unchanged.get(baseOf(one.frame));
    const isMeant = (wanted: string, found: string, same: Outcome | undefined): boolean =>
      wanted === UNCHANGED ? same !== undefined && textOf(same) === found : wanted === found;
    const entries = listed.filter((entry) => {
      if (!covers(entry, one.frame)) return false;
      const isOurs = isMeant(entry.gateway, gateway, good?.gateway);
      return isOurs && isMeant(entry.reference, reference, good?.reference);
    });
    for (const entry of entries) for (const key of keysOf(entry, one.frame)) seen.add(key);
    if (entries.length === 0) {
      problems.push(`${labelOf(one.frame)}: ${gateway} instead of ${reference}, not listed`);
    }
  }
  for (const [index, entry] of listed.entries()) {
    for (const key of allKeysOf(entry)) {
      if (!seen.has(key)) problems.push(`${key} (entry ${index}) is listed and does not differ`);
    }
  }
  return problems;
}

function textOf({ status, code }: Outcome): string {
  return `${status}/${code}`;
}

function baseOf({ era, method }: Frame): string {
  return `${era} ${method}`;
}

function covers({ era, changes, methods }: Difference, frame: Frame): boolean {
  if (era !== frame.era || !changes.includes(frame.change)) return false;
  return methods === undefined || methods.includes(frame.method);
}

/** A listed difference counts as seen for each of its changes and, if named, methods. */
function keysOf(entry: Difference, { change, method }: Frame): readonly string[] {
  const prefix = `${entry.era} ${change} ${entry.gateway} ${entry.reference}`;
  return entry.methods === undefined ? [prefix] : [`${prefix} ${method}`];
}

function allKeysOf(entry: Difference): readonly string[] {
  return entry.changes.flatMap((change) => {
    const prefix = `${entry.era} ${change} ${entry.gateway} ${entry.reference}`;
    return entry.methods?.map((method) => `${prefix} ${method}`) ?? [prefix];
  });
}
