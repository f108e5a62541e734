import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import {
  describeToolServer,
  listenToNothing,
  type ToolServer,
} from '../../upstream/tool-server.ts';
import { filesConfig, type FilesConfig } from './config.ts';

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
  const load = async (): Promise<ToolServer> => {
    // Who serves no files need not load how.
    const { openFileServer } = await import('./file-server.ts');
    return await openFileServer(config, context);
  };
  /** Looked at once; a failed attempt is not kept. */
  const server = (): Promise<ToolServer> => {
    loading ??= load().catch((error: unknown) => {
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
