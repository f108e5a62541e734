import { readdir } from 'node:fs/promises';
import type { Scenario } from './scenario.ts';

/** Loads every file in `scenarios/`; each holds one scenario of the file's name. */
export async function loadScenarios(): Promise<readonly Scenario[]> {
  const folder = new URL('scenarios/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
  const scenarios = files.map(async (file) => {
    const loaded = (await import(new URL(file, folder).href)) as { readonly default: Scenario };
    if (`${loaded.default.name}.ts` !== file) throw new Error(`${file} names itself otherwise`);
    return loaded.default;
  });
  return (await Promise.all(scenarios)).toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Picks scenarios by name, or the default set when no name is given. */
export function pickScenarios(
  all: readonly Scenario[],
  names: readonly string[],
): readonly Scenario[] {
  if (names.length === 0) return all.filter(({ inDefaultSet }) => inDefaultSet);
  return names.map((name) => {
    const found = all.find((scenario) => scenario.name === name);
    const known = all.map((scenario) => scenario.name).join(', ');
    if (found === undefined) throw new Error(`unknown scenario ${name}; there are ${known}`);
    return found;
  });
}
