import { isJsonObject, type Json } from '../../../kernel/json.ts';

interface Tree {
  readonly children: Map<string, Tree>;
  whole: boolean;
}

const ITEMS = '[]';

/**
 * Keeps the named parts of a value: `total`, `data[].id`, `owner.name`. Lists are walked by `[]`;
 * a part that is not there is left out. The shape around the parts stays.
 */
export function pickFields(value: Json, paths: readonly string[]): Json {
  const root = branch();
  for (const path of paths) {
    let at = root;
    for (const step of path.match(/\[\]|[^.[\]]+/g) ?? []) {
      let next = at.children.get(step);
      if (next === undefined) {
        next = branch();
        at.children.set(step, next);
      }
      at = next;
    }
    at.whole = true;
  }
  return pick(value, root) ?? null;
}

const branch = (): Tree => ({ children: new Map(), whole: false });

function pick(value: Json, tree: Tree): Json | undefined {
  if (tree.whole) return value;
  if (Array.isArray(value)) {
    const items = tree.children.get(ITEMS);
    if (items === undefined) return undefined;
    return value.flatMap((item: Json) => {
      const kept = pick(item, items);
      return kept === undefined ? [] : [kept];
    });
  }
  if (!isJsonObject(value)) return undefined;
  const kept: [string, Json][] = [];
  for (const [name, inner] of tree.children) {
    if (!Object.hasOwn(value, name)) continue;
    const part = pick(value[name] as Json, inner);
    if (part !== undefined) kept.push([name, part]);
  }
  return Object.fromEntries(kept);
}
