import { matchesWildcard, readWildcard } from '../../kernel/patterns/wildcard.ts';

/** What a rule asks of the names of services, tools and methods; undefined asks nothing. */
export interface NamePatterns {
  readonly services: readonly string[] | undefined;
  /** `{slug}__{tool}`. */
  readonly tools: readonly string[] | undefined;
  readonly methods: readonly string[];
}

/** The names of one exchange. */
export interface ExchangeNames {
  readonly service: string | null;
  readonly tool: string | null;
  readonly method: string;
}

/**
 * Finds the entries that names match without trying all of them: by the whole name where a pattern
 * spells it out, by what it begins with where it has a `*` further on; only the rest is tried.
 */
export class RuleIndex {
  readonly #exact = new Map<string, number[]>();
  readonly #byStart = new Map<number, Map<string, number[]>>();
  readonly #rest: number[] = [];
  readonly #tests: ((names: ExchangeNames) => boolean)[] = [];

  /** Numbers the entries in the order they are added. */
  add(patterns: NamePatterns): void {
    const entry = this.#tests.length;
    this.#tests.push(namesTest(patterns));
    // A service's name and a tool's have no text in common: a tool's has `__` in it.
    for (const pattern of patterns.tools ?? patterns.services ?? ['*']) this.#place(pattern, entry);
  }

  /** The numbers of all that match, ascending. */
  find(names: ExchangeNames): readonly number[] {
    const found = new Set(this.#rest);
    for (const name of indexedNames(names)) {
      for (const entry of this.#exact.get(name) ?? []) found.add(entry);
      for (const [length, entries] of this.#byStart) {
        const start = name.slice(0, length);
        for (const entry of entries.get(start) ?? []) found.add(entry);
      }
    }
    return [...found].filter((entry) => this.#tests[entry]?.(names)).toSorted((a, b) => a - b);
  }

  #place(pattern: string, entry: number): void {
    const [start = '', ...others] = readWildcard(pattern);
    if (others.length === 0) return put(this.#exact, start, entry);
    if (start === '') return void this.#rest.push(entry);
    let entries = this.#byStart.get(start.length);
    if (entries === undefined)
      this.#byStart.set(start.length, (entries = new Map<string, number[]>()));
    put(entries, start, entry);
  }
}

/** The text that a tool's pattern is held against; null for what is no tool of a service. */
export function toolName({ service, tool }: ExchangeNames): string | null {
  return service === null || tool === null ? null : `${service}__${tool}`;
}

/** Tells whether a text is one of the names or matches one of the patterns. */
export function textTest(patterns: readonly string[]): (text: string) => boolean {
  const names = new Set(patterns.filter((one) => !one.includes('*')));
  const wildcards = patterns.filter((one) => one.includes('*')).map(readWildcard);
  return (text) => names.has(text) || wildcards.some((one) => matchesWildcard(one, text));
}

function indexedNames(names: ExchangeNames): readonly string[] {
  const tool = toolName(names);
  if (names.service === null) return [];
  return tool === null ? [names.service] : [names.service, tool];
}

function namesTest({ services, tools, methods }: NamePatterns): (names: ExchangeNames) => boolean {
  const service = services === undefined ? undefined : textTest(services);
  const tool = tools === undefined ? undefined : textTest(tools);
  const method = textTest(methods);
  return (names) => {
    if (service !== undefined && (names.service === null || !service(names.service))) return false;
    const name = toolName(names);
    if (tool !== undefined && (name === null || !tool(name))) return false;
    return method(names.method);
  };
}

function put(map: Map<string, number[]>, key: string, entry: number): void {
  const entries = map.get(key);
  if (entries === undefined) map.set(key, [entry]);
  else entries.push(entry);
}
