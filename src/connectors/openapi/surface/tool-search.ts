import { createToolIndex } from '../../../search/tool-index.ts';
import type { ServiceTool } from './call-tool.ts';
import { searchedTool } from './search-fields.ts';

/** Finds tools by what they do, the best first; none when nothing fits. */
export type ToolSearch = (query: string) => readonly ServiceTool[];

/** Builds the search over a service's tools. */
export function createToolSearch(tools: readonly ServiceTool[]): ToolSearch {
  const index = createToolIndex(tools.map(searchedTool));
  return (query) => index.search(query, tools.length).map(({ at }) => tools[at] as ServiceTool);
}
