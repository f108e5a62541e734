import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { ListedTool, ServedDocument } from './converter.ts';
import type { StdioServer } from './open-stdio-server.ts';

/** A started server, and what is known of its tools besides their list. */
export interface StartedPeer {
  readonly server: StdioServer;
  readonly operationOf?: (tool: ListedTool) => string | undefined;
}

/** Writes the document to a folder of its own, in which a server is started that goes with it. */
export async function serveInFolder(
  document: JsonObject,
  start: (folder: string, file: string) => Promise<StartedPeer>,
): Promise<ServedDocument> {
  const folder = await mkdtemp(join(tmpdir(), 'peer-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'document.json');
    await writeFile(file, JSON.stringify(document));
    const { server, operationOf = () => undefined } = await start(folder, file);
    return {
      tools: server.tools,
      operationOf,
      call: (name, given) => server.call(name, given),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
