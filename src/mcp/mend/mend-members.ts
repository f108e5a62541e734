import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';

/** What a member's value must be; undefined leaves the member out. */
export type Mender = (value: Json) => Json | undefined;

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Keeps texts. */
export const text: Mender = (value) => (typeof value === 'string' ? value : undefined);

/** Keeps true and false. */
export const flag: Mender = (value) => (typeof value === 'boolean' ? value : undefined);

/** Keeps numbers. */
export const number: Mender = (value) => (typeof value === 'number' ? value : undefined);

/** Keeps objects as they are. */
export const object: Mender = (value) => (isJsonObject(value) ? value : undefined);

/** Keeps one of the words. */
export const oneOf =
  (...words: readonly string[]): Mender =>
  (value) =>
    words.includes(value as string) ? value : undefined;

/** Keeps an object with its known members mended. */
export const members =
  (known: Readonly<Record<string, Mender>>): Mender =>
  (value) =>
    isJsonObject(value) ? mendMembers(value, known) : undefined;

/** Keeps a list, without the elements that cannot be kept. */
export const listOf =
  (element: Mender): Mender =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const list = value as readonly Json[];
    const kept = list.map(element).filter((one) => one !== undefined);
    const isSame = kept.length === list.length && kept.every((one, at) => one === list[at]);
    return isSame ? list : kept;
  };

/** Keeps an object whose named member is a text, and mends it. */
export const named =
  (name: string, known: Readonly<Record<string, Mender>>): Mender =>
  (value) =>
    isJsonObject(value) && typeof value[name] === 'string' ? mendMembers(value, known) : undefined;

/** For whom and how important something is (MCP, `Annotations`). */
export const annotations = members({
  audience: listOf(oneOf('user', 'assistant')),
  priority: (value) => (typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined),
  lastModified: (value) =>
    typeof value === 'string' && DATE_TIME.test(value) && !Number.isNaN(Date.parse(value))
      ? value
      : undefined,
});

/** Pictures (MCP, `Icon`). */
export const icons = listOf(
  named('src', {
    mimeType: text,
    sizes: (value) => (typeof value === 'string' ? [value] : listOf(text)(value)),
    theme: oneOf('light', 'dark'),
  }),
);

/** The object with its known members mended, itself when all of them are sound. */
export function mendMembers(
  value: JsonObject,
  known: Readonly<Record<string, Mender>>,
): JsonObject {
  let mended: Record<string, Json> | undefined;
  for (const name of Object.keys(known)) {
    const before = value[name];
    if (before === undefined) continue;
    const after = (known[name] as Mender)(before);
    if (after === before) continue;
    mended ??= { ...value };
    if (after === undefined) delete mended[name];
    else mended[name] = after;
  }
  return mended ?? value;
}
