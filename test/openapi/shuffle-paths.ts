import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';

/** The same document with its paths in another, reproducible order. */
export function shufflePaths(root: JsonObject): JsonObject {
  const paths = root['paths'];
  if (!isJsonObject(paths)) return root;
  const entries = Object.entries(paths);
  let state = 88_172_645;
  for (let at = entries.length - 1; at > 0; at -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (at + 1);
    const [one, two] = [entries[at], entries[other]];
    if (one !== undefined && two !== undefined) [entries[at], entries[other]] = [two, one];
  }
  return { ...root, paths: Object.fromEntries(entries) };
}
