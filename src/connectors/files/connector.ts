import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import {
  createToolServer,
  describeToolServer,
  listenToNothing,
  type ToolServer,
} from '../../upstream/tool-server.ts';
import { filesConfig, type FilesConfig } from './config.ts';
import { openRoots } from './file-root.ts';
import { servedFileTool } from './file-tool.ts';
import { listTool } from './list-tool.ts';
import { readTool } from './read-tool.ts';
import { resourceUri } from './resource-uri.ts';
import { resourceMethods } from './resources.ts';
import { searchTool } from './search-tool.ts';
import { writeTool, type FileWritten } from './write-tool.ts';

/** Makes folders of the gateway's own machine usable as tools and resources. */
export const filesConnector: Connector<FilesConfig> = {
  kind: 'files',
  specification: 'v1',
  config: filesConfig,
  // A path of the gateway's machine is for those who run it.
  operatorOnly: true,
  open: (config, context) => Promise.resolve(openUpstream(config, context)),
};

function openUpstream(config: FilesConfig, context: ConnectorContext): Upstream {
  let loading: Promise<ToolServer> | undefined;
  /** Looked at once; a failed attempt is not kept. */
  const server = (): Promise<ToolServer> => {
    loading ??= createServer(config, context).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    async discover() {
      await server();
      const names = config.roots.map(({ name }) => name);
      return describeToolServer(names.join('-'), { tools: {}, resources: {} });
    },
    request: async (request, io) => (await server()).answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function createServer(config: FilesConfig, context: ConnectorContext): Promise<ToolServer> {
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
