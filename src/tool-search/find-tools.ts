import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { stringMember } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { requiredOf } from './catalog-tool.ts';
import type { ViewIndex, ViewTool } from './view-indexes.ts';

/** A tool that was found. */
export interface FoundTool {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** The parameters that it must be given. */
  readonly required: readonly string[];
  /** 0 to 1; the best has 1. */
  readonly score: number;
}

/** What a search found. */
export interface FoundTools {
  readonly tools: readonly FoundTool[];
  /** Tools in the view, or in the service that was asked for. */
  readonly total: number;
  /** What the words say, what a name is spelled like, or nothing. */
  readonly by: 'words' | 'spelling' | 'nothing';
}

const LINE_CHARACTERS = 120;

/** Searches the tools of a view, of one service when it is given. */
export function findTools(
  { tools, index }: ViewIndex,
  query: string,
  { service, limit }: { readonly service?: string | undefined; readonly limit: number },
): FoundTools {
  const asked = query.slice(0, limits.searchQueryCharactersMax);
  const isAsked = ({ target }: ViewTool): boolean =>
    service === undefined || target.live.service.slug === service;
  const total = service === undefined ? tools.length : tools.filter(isAsked).length;
  const looked = service === undefined ? limit : tools.length;
  const pick = (matches: ReturnType<typeof index.rank>): readonly FoundTool[] => {
    const own = matches.filter(({ at }) => isAsked(tools[at] as ViewTool)).slice(0, limit);
    const best = own[0]?.score ?? 1;
    return own.map(({ at, score }) => foundTool(tools[at] as ViewTool, score / best));
  };
  const byWords = pick(index.rank(asked, looked));
  if (byWords.length > 0) return { tools: byWords, total, by: 'words' };
  const bySpelling = pick(index.spelledLike(asked, looked));
  return { tools: bySpelling, total, by: bySpelling.length > 0 ? 'spelling' : 'nothing' };
}

function foundTool({ publicName, target }: ViewTool, score: number): FoundTool {
  return {
    name: publicName,
    description: firstLine(stringMember(target.definition, 'description') ?? ''),
    required: requiredOf(target.definition),
    score: Math.round(score * 100) / 100,
  };
}

function firstLine(text: string): string {
  const [line = ''] = text.trim().split(/\r?\n/, 1);
  const sentence = /^.{20,}?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
  return sentence.length > LINE_CHARACTERS
    ? `${sentence.slice(0, LINE_CHARACTERS - 1)}…`
    : sentence;
}

/** The services of a view, and how many tools each has in it. */
export function servicesOf(
  view: TenantSnapshot,
): readonly { readonly service: string; readonly title: string; readonly tools: number }[] {
  const counts = new Map<string, number>();
  for (const { live } of view.tools.values()) {
    counts.set(live.service.slug, (counts.get(live.service.slug) ?? 0) + 1);
  }
  return view.services.flatMap(({ service: { slug, title } }) => {
    const tools = counts.get(slug);
    return tools === undefined ? [] : [{ service: slug, title, tools }];
  });
}
