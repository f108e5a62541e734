import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import { appUri } from '../catalog/resource-index.ts';
import type { Visibility } from '../catalog/visibility.ts';
import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { AccessLayer, AccessRule } from '../kernel/permissions.ts';
import { matchesWildcard, readWildcard, type Wildcard } from '../catalog/wildcard.ts';

type Matcher = (text: string) => boolean;

/** A rule with its patterns read; undefined where the rule says nothing. */
interface ReadRule {
  readonly isOf: Matcher;
  readonly isWhole: boolean;
  readonly tools: Matcher;
  readonly prompts: Matcher;
  readonly resources: Matcher;
}

/** What the layers let through together. */
export function createVisibility(layers: readonly AccessLayer[]): Visibility {
  const read = layers.map((layer) => layer.map(readRule));
  const allow = (live: ServiceRuntime, test: (rule: ReadRule) => boolean): boolean =>
    read.every((layer) => layer.some((rule) => rule.isOf(live.service.slug) && test(rule)));
  const named = (live: ServiceRuntime, item: JsonObject): string =>
    `${live.service.slug}__${stringMember(item, 'name') ?? ''}`;
  const showsTool = (live: ServiceRuntime, item: JsonObject): boolean =>
    allow(live, ({ tools }) => tools(named(live, item)));
  // Whoever may use a tool may open the page that its results are shown in.
  const isAppOfTool = (live: ServiceRuntime, uri: string): boolean =>
    live.listing.tools.some((tool) => appUri(tool) === uri && showsTool(live, tool));
  const reaches = (live: ServiceRuntime, uri: string): boolean =>
    allow(live, ({ resources }) => resources(uri)) || isAppOfTool(live, uri);
  return {
    isWhole: (live) => allow(live, ({ isWhole }) => isWhole),
    shows: (live, list, item) => {
      switch (list) {
        case 'tools':
          return showsTool(live, item);
        case 'prompts':
          return allow(live, ({ prompts }) => prompts(named(live, item)));
        case 'resources':
          return reaches(live, stringMember(item, 'uri') ?? '');
        case 'templates': {
          const text = stringMember(item, 'uriTemplate') ?? '';
          return allow(live, ({ resources }) => resources(text));
        }
      }
    },
    reaches,
  };
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
