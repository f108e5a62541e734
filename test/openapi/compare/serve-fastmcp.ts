import { importPeer, type FastmcpPackage } from './import-peer.ts';

/** Serves the API document of a file with fastmcp over stdio: folder, file, perhaps a base URL. */
async function serve([folder = '', file = '', baseUrl = '']: readonly string[]): Promise<void> {
  const { fromOpenAPI } = await importPeer<FastmcpPackage>(folder, 'fastmcp');
  // It writes its warnings with console.warn, which is stderr.
  const server = await fromOpenAPI({
    spec: file,
    maxTools: 1_000_000,
    ...(baseUrl === '' ? {} : { baseUrl }),
  });
  await server.start({ transportType: 'stdio' });
}

await serve(process.argv.slice(2));
