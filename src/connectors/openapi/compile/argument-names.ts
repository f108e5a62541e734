import type { ParameterSource } from '../model/operation-source.ts';
import { distinct, isSafeKey, sanitize } from '../text/safe-key.ts';

/**
 * Gives every parameter an argument name: safe for every model, unique within the tool, and
 * independent of order. Two of the same name are told apart by where they travel.
 */
export function argumentNames(
  parameters: readonly ParameterSource[],
  taken: readonly string[],
): ReadonlyMap<ParameterSource, string> {
  const count = new Map<string, number>(taken.map((name) => [name, 1]));
  for (const parameter of parameters) {
    const name = plainName(parameter);
    count.set(name, (count.get(name) ?? 0) + 1);
  }
  const located = new Map<string, number>();
  for (const parameter of parameters) {
    const name = locatedName(parameter);
    located.set(name, (located.get(name) ?? 0) + 1);
  }
  const names = new Map<ParameterSource, string>();
  for (const parameter of parameters) {
    const plain = plainName(parameter);
    const withPlace = locatedName(parameter);
    if (count.get(plain) === 1) names.set(parameter, plain);
    else if (located.get(withPlace) === 1 && !count.has(withPlace)) names.set(parameter, withPlace);
    else
      names.set(parameter, distinct(`${parameter.location} ${parameter.name}`, plain.slice(0, 50)));
  }
  return names;
}

function plainName({ name }: ParameterSource): string {
  if (isSafeKey(name)) return name;
  const readable = sanitize(name, 48);
  return readable === '' || readable.length === 48 ? distinct(name, readable) : readable;
}

const locatedName = (parameter: ParameterSource): string =>
  `${plainName(parameter).slice(0, 50)}_in_${parameter.location}`;
