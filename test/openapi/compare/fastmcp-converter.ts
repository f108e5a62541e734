import { join } from 'node:path';
import type { Converter } from './converter.ts';
import { openStdioServer } from './open-stdio-server.ts';
import { serveInFolder } from './serve-in-folder.ts';

const SERVE = join(import.meta.dirname, 'serve-fastmcp.ts');

/** fastmcp's `fromOpenAPI`, as its README says, served over stdio; every operation is asked for. */
export function fastmcpConverter(peers: string): Converter {
  return {
    name: 'fastmcp/openapi',
    open: (document, baseUrl = '') =>
      serveInFolder(document, async (folder, file) => ({
        server: await openStdioServer([SERVE, peers, file, baseUrl], folder),
      })),
  };
}
