import { wordForms } from './word-forms.ts';

/** The parts of a tool that tell what it needs and what it finds. */
interface ToolShape {
  readonly name: string;
  readonly path?: string;
  readonly parameters: readonly string[];
}

/** The things whose ids a tool takes, and those that it searches for. */
export interface ToolNeeds {
  readonly needed: ReadonlySet<string>;
  readonly found: ReadonlySet<string>;
}

const FINDING: ReadonlySet<string> = new Set(wordForms('search find lookup query'));
const AN_ID = /^(?:(.+?)[_-]?ids?|id)$/i;

/** What a tool has to be given, and what it finds, as stems: `movie` for `movie_id`. */
export const toolNeeds = (tool: ToolShape): ToolNeeds => ({
  needed: neededThings(tool),
  found: thingsFound(tool),
});

function neededThings({ path = '', parameters }: ToolShape): ReadonlySet<string> {
  const placeholders = [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
  const needed = new Set<string>();
  for (const name of [...parameters, ...placeholders]) {
    const match = AN_ID.exec(name);
    if (match === null) continue;
    for (const word of wordForms(match[1] ?? firstSegment(path))) needed.add(word);
  }
  return needed;
}

/** None for a tool that does not search. */
function thingsFound({ name, path = '' }: ToolShape): ReadonlySet<string> {
  const words = new Set(wordForms(`${name} ${path}`));
  return [...words].some((word) => FINDING.has(word)) ? words : new Set();
}

const firstSegment = (path: string): string =>
  path.split('/').find((segment) => /^[\w-]+$/.test(segment)) ?? '';
