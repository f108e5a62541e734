import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { Listing } from '../../catalog/lists/listing.ts';
import { stringMember, type JsonObject } from '../../kernel/json.ts';
import type { PolicySettings } from '../store.ts';
import { compileRule, type CompiledRule } from './compile-rule.ts';
import { decide, type Decision } from './decide.ts';
import { RuleIndex, type RuleKind } from './rule-index.ts';

/** Up to so many rules about a service are put together, so that each of its tools asks once. */
const TOGETHER_MAX = 200;

/** What was decided of a service's lists, as long as they are these. */
interface Decided {
  readonly listing: Listing;
  readonly tools: ReadonlyMap<string, Decision>;
  readonly prompts: ReadonlyMap<string, Decision>;
}

/** What is known of a resource by its URI. */
export interface UriDecision {
  readonly isDenied: boolean;
  /** True when a rule allows it. */
  readonly isAllowed: boolean;
}

/** Some of the rules, and 1 for each of them that is about the caller. */
export interface RulesOfCaller {
  readonly index: RuleIndex;
  readonly flags: Uint8Array;
}

/** What the rules take away from callers whom the same of them are about. */
export class Restriction {
  /** Equal for the same rules of one reading of them, and for nothing else. */
  readonly digest: string;
  readonly mode: PolicySettings['mode'];
  readonly #parts: readonly RulesOfCaller[];
  /** The rules that may be about some part of a service, by its slug. */
  readonly #ofService = new Map<string, readonly RulesOfCaller[]>();
  readonly #decided = new WeakMap<ServiceRuntime, Decided>();
  readonly #whole = new Map<string, boolean>();

  constructor(digest: string, parts: readonly RulesOfCaller[], mode: PolicySettings['mode']) {
    this.digest = digest;
    this.mode = mode;
    this.#parts = parts.filter(({ flags }) => flags.includes(1));
  }

  /** Of a tool or prompt by its own name: one lookup for what its service lists. */
  decisionOf(live: ServiceRuntime, kind: 'tools' | 'prompts', name: string): Decision {
    return this.#of(live)[kind].get(name) ?? this.#decide(live, kind, name, undefined);
  }

  /** The rules about a thing that are about the caller too. */
  rulesAbout(live: ServiceRuntime, kind: RuleKind, name: string): readonly CompiledRule[] {
    const { slug } = live.service;
    const text = kind === 'resources' ? name : `${slug}__${name}`;
    const found: CompiledRule[] = [];
    for (const { index, flags } of this.#partsOf(slug)) {
      for (const rule of index.about(kind, slug, text, flags)) found.push(rule);
    }
    return found;
  }

  /** Of a resource's URI, or the text of a URI template. */
  decisionOfUri(live: ServiceRuntime, uri: string): UriDecision {
    const rules = this.rulesAbout(live, 'resources', uri);
    return {
      isDenied: rules.some(({ isDeny }) => isDeny),
      isAllowed: rules.some(({ isDeny }) => !isDeny),
    };
  }

  /** True when nothing of the service is hidden, whatever it comes to list. */
  isWhole({ service: { slug } }: ServiceRuntime): boolean {
    let isWhole = this.#whole.get(slug);
    if (isWhole === undefined) {
      const rules = this.#parts.flatMap(({ index, flags }) => index.touching(slug, flags));
      const hides = rules.some(({ isDeny, judge }) => isDeny && judge === undefined);
      const gives = rules.some((rule) => !rule.isDeny && rule.isWhole);
      isWhole = !hides && (this.mode === 'allow-by-default' || gives);
      this.#whole.set(slug, isWhole);
    }
    return isWhole;
  }

  #partsOf(slug: string): readonly RulesOfCaller[] {
    let parts = this.#ofService.get(slug);
    if (parts === undefined) {
      const rules = this.#parts.flatMap(({ index, flags }) => index.touching(slug, flags));
      parts = this.#parts;
      if (rules.length <= TOGETHER_MAX) {
        const flags = new Uint8Array(rules.length).fill(1);
        parts = rules.length === 0 ? [] : [{ index: indexOf(rules), flags }];
      }
      this.#ofService.set(slug, parts);
    }
    return parts;
  }

  #of(live: ServiceRuntime): Decided {
    const { listing } = live;
    let decided = this.#decided.get(live);
    if (decided === undefined || decided.listing !== listing) {
      const all = (kind: 'tools' | 'prompts'): ReadonlyMap<string, Decision> =>
        new Map(
          listing[kind].map((item) => {
            const name = stringMember(item, 'name') ?? '';
            return [name, this.#decide(live, kind, name, item)];
          }),
        );
      decided = { listing, tools: all('tools'), prompts: all('prompts') };
      this.#decided.set(live, decided);
    }
    return decided;
  }

  #decide(
    live: ServiceRuntime,
    kind: 'tools' | 'prompts',
    name: string,
    definition: JsonObject | undefined,
  ): Decision {
    return decide(this.rulesAbout(live, kind, name), definition, this.mode);
  }
}

function indexOf(compiled: readonly CompiledRule[]): RuleIndex {
  const byRule = new Map(compiled.map((one) => [one.rule, one]));
  const rules = [...byRule.keys()];
  return new RuleIndex(rules, (rule) => byRule.get(rule) ?? compileRule(rule));
}
