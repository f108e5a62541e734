import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import { appUri } from '../catalog/resource-index.ts';
import type { Visibility } from '../catalog/visibility.ts';
import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { AccessLayer, AccessRule } from '../kernel/permissions.ts';
import { matchesWildcard, readWildcard, type Wildcard } from '../kernel/patterns/wildcard.ts';
import type { Restriction } from './rules/restriction.ts';

type Matcher = (text: string) => boolean;

/** A rule with its patterns read; undefined where the rule says nothing. */
interface ReadRule {
  readonly isOf: Matcher;
  readonly isWhole: boolean;
  readonly tools: Matcher;
  readonly prompts: Matcher;
  readonly resources: Matcher;
}

/** What the layers let through together, and the rules of the tenant do not take away. */
export function createVisibility(
  layers: readonly AccessLayer[],
  restriction?: Restriction,
): Visibility {
  const read = layers.map((layer) => layer.map(readRule));
  const allow = (live: ServiceRuntime, test: (rule: ReadRule) => boolean): boolean =>
    read.every((layer) => layer.some((rule) => rule.isOf(live.service.slug) && test(rule)));
  const showsNamed = (live: ServiceRuntime, kind: 'tools' | 'prompts', item: JsonObject) => {
    const name = stringMember(item, 'name') ?? '';
    if (restriction?.decisionOf(live, kind, name).isHidden === true) return false;
    return allow(live, (rule) => rule[kind](`${live.service.slug}__${name}`));
  };
  const pages = pagesOf((live, tool) => showsNamed(live, 'tools', tool));
  const reaches = (live: ServiceRuntime, uri: string): boolean => {
    const decision = restriction?.decisionOfUri(live, uri);
    if (decision?.isDenied === true) return false;
    // Whoever may use a tool may open the page that its results are shown in.
    const page = pages(live, uri);
    if (page === 'shown') return true;
    if (decision !== undefined && !decision.isAllowed) {
      if (page === 'hidden' || restriction?.mode === 'deny-by-default') return false;
    }
    return allow(live, ({ resources }) => resources(uri));
  };
  return {
    isWhole: (live) => {
      return restriction?.isWhole(live) !== false && allow(live, ({ isWhole }) => isWhole);
    },
    shows: (live, list, item) => {
      switch (list) {
        case 'tools':
        case 'prompts':
          return showsNamed(live, list, item);
        case 'resources':
          return reaches(live, stringMember(item, 'uri') ?? '');
        case 'templates': {
          const text = stringMember(item, 'uriTemplate') ?? '';
          const decision = restriction?.decisionOfUri(live, text);
          if (decision?.isDenied === true) return false;
          if (restriction?.mode === 'deny-by-default' && decision?.isAllowed !== true) return false;
          return allow(live, ({ resources }) => resources(text));
        }
      }
    },
    reaches,
  };
}

/** Tells of a URI whether it is the page of a tool that is shown, or of hidden ones alone. */
function pagesOf(
  showsTool: (live: ServiceRuntime, tool: JsonObject) => boolean,
): (live: ServiceRuntime, uri: string) => 'shown' | 'hidden' | 'none' {
  const known = new WeakMap<ServiceRuntime, Pages>();
  return (live, uri) => {
    const { tools } = live.listing;
    let pages = known.get(live);
    if (pages?.tools !== tools) {
      pages = { tools, byUri: Map.groupBy(tools, (tool) => appUri(tool) ?? '') };
      known.set(live, pages);
    }
    const own = uri === '' ? undefined : pages.byUri.get(uri);
    if (own === undefined) return 'none';
    return own.some((tool) => showsTool(live, tool)) ? 'shown' : 'hidden';
  };
}

interface Pages {
  readonly tools: readonly JsonObject[];
  readonly byUri: ReadonlyMap<string, readonly JsonObject[]>;
}

const everything: Matcher = () => true;
const nothing: Matcher = () => false;

function readRule({ services, tools, prompts, resources }: AccessRule): ReadRule {
  const isWhole = tools === undefined && prompts === undefined && resources === undefined;
  const otherwise = isWhole ? everything : nothing;
  return {
    isOf: anyOf(services) ?? everything,
    isWhole,
    tools: anyOf(tools) ?? otherwise,
    prompts: anyOf(prompts) ?? otherwise,
    resources: anyOf(resources) ?? otherwise,
  };
}

function anyOf(patterns: readonly string[] | undefined): Matcher | undefined {
  if (patterns === undefined) return undefined;
  const read: readonly Wildcard[] = patterns.map(readWildcard);
  return (text) => read.some((one) => matchesWildcard(one, text));
}
