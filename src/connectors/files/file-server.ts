import type { ConnectorContext } from '../../upstream/contract.ts';
import { createToolServer, type ToolServer } from '../../upstream/tool-server.ts';
import type { FilesConfig } from './config.ts';
import { openRoots } from './file-root.ts';
import { servedFileTool } from './file-tool.ts';
import { listTool } from './list-tool.ts';
import { readTool } from './read-tool.ts';
import { resourceUri } from './resource-uri.ts';
import { resourceMethods } from './resources.ts';
import { searchTool } from './search-tool.ts';
import { writeTool, type FileWritten } from './write-tool.ts';

/** Looks at the roots and makes their tools and resources. Throws GatewayError. */
export async function openFileServer(
  config: FilesConfig,
  context: Pick<ConnectorContext, 'changed'>,
): Promise<ToolServer> {
  const roots = await openRoots(config);
  const written: FileWritten = ({ root, names }, isNew) => {
    if (isNew) context.changed({ kind: 'lists', lists: ['resources'] });
    else context.changed({ kind: 'resource', uri: resourceUri(root, names) });
  };
  const writable = roots.filter((root) => root.writable);
  const tools = [listTool, readTool, searchTool].map((tool) => servedFileTool(tool, roots));
  if (writable.length > 0) tools.push(servedFileTool(writeTool(written), writable));
  return createToolServer(tools, resourceMethods(roots));
}
