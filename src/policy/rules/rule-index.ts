import type { PolicyRule } from '../store.ts';
import { reachOf, type CompiledRule, type Reach, type Reaches } from './compile-rule.ts';
import { PatternIndex } from './pattern-index.ts';

/** What rules name things by. */
export type RuleKind = 'tools' | 'prompts' | 'resources';

/** The rules about one kind of things. */
interface KindIndex {
  /** By the names or URIs that they list. */
  readonly named: PatternIndex;
  /** Those about everything of the services that they name. */
  readonly ofServices: PatternIndex;
  /** Those about everything of every service. */
  readonly everywhere: number[];
}

/**
 * The rules of a tenant by what they are about, so that a thing finds its own among thousands. Only
 * those that a thing finds are compiled: of thousands that is a few.
 */
export class RuleIndex {
  readonly rules: readonly PolicyRule[];
  readonly #compile: (rule: PolicyRule) => CompiledRule;
  readonly #kinds: Readonly<Record<RuleKind, KindIndex>> = {
    tools: emptyIndex(),
    prompts: emptyIndex(),
    resources: emptyIndex(),
  };
  /** By the slugs of services of which they may be about some part. */
  readonly #touching = new PatternIndex();

  constructor(rules: readonly PolicyRule[], compile: (rule: PolicyRule) => CompiledRule) {
    this.rules = rules;
    this.#compile = compile;
    for (const [number, rule] of rules.entries()) {
      const reach = reachOf(rule);
      for (const kind of ['tools', 'prompts', 'resources'] as const) {
        add(this.#kinds[kind], rule, reach[kind], number);
      }
      for (const slug of touchedSlugs(rule, reach)) this.#touching.add(slug, number);
    }
  }

  /** The rules with a flag that are about this thing; `text` is what their patterns match. */
  about(kind: RuleKind, slug: string, text: string, flags: Uint8Array): readonly CompiledRule[] {
    const numbers = new Set<number>();
    const { named, ofServices, everywhere } = this.#kinds[kind];
    named.match(text, flags, numbers);
    ofServices.match(slug, flags, numbers);
    for (const number of everywhere) if (flags[number] === 1) numbers.add(number);
    return this.#rulesOf(slug, numbers);
  }

  /** The rules with a flag that are, or may come to be, about some part of a service. */
  touching(slug: string, flags: Uint8Array): readonly CompiledRule[] {
    const numbers = new Set<number>();
    this.#touching.match(slug, flags, numbers);
    return this.#rulesOf(slug, numbers);
  }

  #rulesOf(slug: string, numbers: ReadonlySet<number>): readonly CompiledRule[] {
    const found: CompiledRule[] = [];
    for (const number of numbers) {
      const rule = this.rules[number];
      if (rule === undefined) continue;
      const compiled = this.#compile(rule);
      if (compiled.isOf(slug)) found.push(compiled);
    }
    return found;
  }
}

const emptyIndex = (): KindIndex => ({
  named: new PatternIndex(),
  ofServices: new PatternIndex(),
  everywhere: [],
});

function add(index: KindIndex, rule: PolicyRule, reach: Reach, number: number): void {
  if (reach === 'none') return;
  if (reach !== 'all') for (const pattern of reach) index.named.add(pattern, number);
  else if (rule.services === undefined) index.everywhere.push(number);
  else for (const slug of rule.services) index.ofServices.add(slug, number);
}

/** A name begins with the slug of its service and `__`, and no slug has `_` in it. */
function touchedSlugs(
  rule: PolicyRule,
  { tools, prompts, resources }: Reaches,
): ReadonlySet<string> {
  const slugs = new Set<string>();
  for (const reach of [tools, prompts]) {
    if (reach === 'none') continue;
    if (reach === 'all') addAll(slugs, rule.services);
    else for (const pattern of reach) slugs.add(slugOf(pattern));
  }
  // Whose resources a URI leads to is known to their services alone.
  if (resources !== 'none') addAll(slugs, rule.services);
  return slugs;
}

function addAll(slugs: Set<string>, services: readonly string[] | undefined): void {
  if (services === undefined) slugs.add('*');
  else for (const slug of services) slugs.add(slug);
}

function slugOf(pattern: string): string {
  const start = pattern.split('*', 1)[0] ?? '';
  const end = start.indexOf('__');
  if (end !== -1) return start.slice(0, end);
  return pattern.includes('*') ? `${start.replace(/_$/, '')}*` : pattern;
}
