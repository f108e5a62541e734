import { createTextIndex } from '../../../search/text-index.ts';
import type { ServiceTool } from './call-tool.ts';
import { queryIntent } from './query-intent.ts';
import { searchFields } from './search-fields.ts';

/** Finds tools by what they do, the best first; none when nothing fits. */
export type ToolSearch = (query: string) => readonly ServiceTool[];

/** A composite made for a purpose is a better answer than the operations it calls. */
const COMPOSITE_WEIGHT = 1.25;
/** The weight of a tool that reads when something is to be changed, or vice versa. */
const OTHER_INTENT = 0.7;

/** Builds the search over a service's tools. */
export function createToolSearch(tools: readonly ServiceTool[]): ToolSearch {
  const index = createTextIndex(
    tools.map(searchFields),
    tools.map((tool) => ('steps' in tool ? COMPOSITE_WEIGHT : 1)),
  );
  return (query) => {
    const intent = queryIntent(query);
    const found = index.search(query, tools.length).map(({ at, score }) => {
      const tool = tools[at] as ServiceTool;
      const other = intent !== undefined && intent !== intentOf(tool);
      return { tool, score: other ? score * OTHER_INTENT : score };
    });
    return found.toSorted((one, two) => two.score - one.score).map(({ tool }) => tool);
  };
}

const intentOf = ({ tool }: ServiceTool): 'read' | 'change' =>
  tool.annotations['readOnlyHint'] === true ? 'read' : 'change';
