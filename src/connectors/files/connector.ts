import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { openLazily } from '../../upstream/open-lazily.ts';
import { describeToolServer } from '../../upstream/tool-server.ts';
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
  const name = config.roots.map((root) => root.name).join('-');
  return openLazily(
    async () => {
      // Who serves no files need not load how.
      const { openFileServer } = await import('./file-server.ts');
      return await openFileServer(config, context);
    },
    () => describeToolServer(name, { tools: {}, resources: {} }),
  );
}
