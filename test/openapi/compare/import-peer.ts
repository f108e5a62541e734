import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is used of openapi-mcp-generator's programmatic API. */
export interface GeneratorPackage {
  getToolsFromOpenApi(
    file: string,
    options: { readonly dereference: boolean; readonly baseUrl: string },
  ): Promise<readonly { name: string; description: string; inputSchema: unknown }[]>;
}

/** A tool as fastmcp keeps it. */
export interface FastmcpTool {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: unknown;
  readonly outputSchema?: unknown;
}

/** What is used of `fastmcp/openapi`. */
export interface FastmcpPackage {
  fromOpenAPI(options: {
    readonly spec: string;
    readonly baseUrl?: string;
    readonly maxTools: number;
    readonly server?: { addTool(tool: FastmcpTool): void };
  }): Promise<{ start(options: { readonly transportType: 'stdio' }): Promise<void> }>;
}

/** Where the modules are below a folder of installed peers. */
export const peerModules = {
  generator: 'openapi-mcp-generator/dist/index.js',
  generatorApi: 'openapi-mcp-generator/dist/api.js',
  fastmcp: 'fastmcp/dist/openapi/index.js',
} as const;

/** Imports a module of an installed peer; its types are not there when it is not installed. */
export async function importPeer<Module>(
  folder: string,
  name: keyof typeof peerModules,
): Promise<Module> {
  const file = join(folder, 'node_modules', peerModules[name]);
  return (await import(pathToFileURL(file).href)) as Module;
}
