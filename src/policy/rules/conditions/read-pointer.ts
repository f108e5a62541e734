/** Where a pointer leads: the thing that holds the value, and under which key. */
export interface Found {
  readonly holder: object;
  readonly key: string;
  readonly value: unknown;
}

/** The steps of a JSON pointer (RFC 6901), or undefined when it is not one. */
export function readPointer(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  const steps = text.slice(1).split('/');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What is there, or undefined; only what the value itself has counts, never what it inherits. */
export function followPointer(root: object, steps: readonly string[]): Found | undefined {
  let holder: object = { root };
  let key = 'root';
  let value: unknown = root;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    // Of a list only its items count, by their plain numbers.
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(step)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    holder = value;
    key = step;
    value = (value as Record<string, unknown>)[step];
  }
  return { holder, key, value };
}
