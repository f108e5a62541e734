import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../kernel/json.ts';
import type { AgentSettings } from './agent.ts';

/** What two versions of an agent do not have in common. */
export interface VersionDiff {
  /** Members that differ, by path, such as `limits.steps`; null stands for what is not there. */
  readonly changes: readonly {
    readonly field: string;
    readonly from: Json;
    readonly to: Json;
  }[];
  /** The lines of both prompts in order; empty when they are the same. */
  readonly prompt: readonly { readonly mark: ' ' | '-' | '+'; readonly line: string }[];
}

/** Compares two versions; of the prompt it shows lines. */
export function compareVersions(from: AgentSettings, to: AgentSettings): VersionDiff {
  const { prompt: before, ...one } = from;
  const { prompt: after, ...other } = to;
  const [left, right] = [flat(named(one)), flat(named(other))];
  const fields = [...new Set([...left.keys(), ...right.keys()])].toSorted();
  return {
    changes: fields.flatMap((field) => {
      const values = { from: left.get(field) ?? null, to: right.get(field) ?? null };
      return isDeepStrictEqual(values.from, values.to) ? [] : [{ field, ...values }];
    }),
    prompt: before === after ? [] : linesOf(before.split('\n'), after.split('\n')),
  };
}

/** Variables by their names: another order is no difference. */
function named({ variables, ...others }: Omit<AgentSettings, 'prompt'>): Json {
  const byName = variables.map(({ name, ...variable }) => [name, variable] as const);
  return { ...others, variables: Object.fromEntries(byName) } as unknown as Json;
}

function flat(value: Json, path = ''): Map<string, Json> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Map([[path, value]]);
  }
  const members = Object.entries(value);
  return new Map(
    members.flatMap(([name, member]) => [...flat(member, path === '' ? name : `${path}.${name}`)]),
  );
}

/** More lines than these, and the middle is shown as replaced whole: the table would be too big. */
const TABLE_CELLS_MAX = 4_000_000;

/** The longest common subsequence of lines, between what both begin and end with. */
function linesOf(from: readonly string[], to: readonly string[]): VersionDiff['prompt'] {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1;
  let tail = 0;
  const least = Math.min(from.length, to.length) - head;
  while (tail < least && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const same = (lines: readonly string[]) => lines.map((line) => ({ mark: ' ' as const, line }));
  return [
    ...same(from.slice(0, head)),
    ...middle(from.slice(head, from.length - tail), to.slice(head, to.length - tail)),
    ...same(from.slice(from.length - tail)),
  ];
}

function middle(from: readonly string[], to: readonly string[]): VersionDiff['prompt'] {
  const width = to.length + 1;
  const isBig = (from.length + 1) * width > TABLE_CELLS_MAX;
  // In each cell how many lines the rest of both has in common.
  const table = new Uint32Array(isBig ? 0 : (from.length + 1) * width);
  const at = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = isBig ? -1 : from.length - 1; row >= 0; row--) {
    for (let column = to.length - 1; column >= 0; column--) {
      table[row * width + column] =
        from[row] === to[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: { mark: ' ' | '-' | '+'; line: string }[] = [];
  let [row, column] = [0, 0];
  while (row < from.length || column < to.length) {
    const [left, right] = [from[row], to[column]];
    if (!isBig && left !== undefined && left === right) {
      lines.push({ mark: ' ', line: left });
      row += 1;
      column += 1;
    } else if (
      left !== undefined &&
      (right === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ mark: '-', line: left });
      row += 1;
    } else {
      lines.push({ mark: '+', line: right ?? '' });
      column += 1;
    }
  }
  return lines;
}
