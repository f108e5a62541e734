import { readFileSync } from 'node:fs';
import { compile } from '../../../src/connectors/openapi/compile/compile.ts';
import { loadDocument } from '../../../src/connectors/openapi/document/load-document.ts';
import {
  importPeer,
  type FastmcpPackage,
  type FastmcpTool,
  type GeneratorPackage,
} from './import-peer.ts';

/** What a conversion took, from a file to the text of the list. */
export interface Measured {
  readonly ms: number;
  readonly tools: number;
  readonly residentMegabytes: number;
}

const BASE_URL = 'https://api.example';

/** Each converter's own functions in one process: modules are loaded before the clock starts. */
const conversions: Readonly<
  Record<string, (folder: string) => Promise<(file: string) => Promise<readonly unknown[]>>>
> = {
  'MCP Gateway': () =>
    Promise.resolve((file) => {
      const { root } = loadDocument(readFileSync(file));
      return Promise.resolve(compile(root).operations.map(({ tool }) => tool));
    }),
  'openapi-mcp-generator': async (folder) => {
    const { getToolsFromOpenApi } = await importPeer<GeneratorPackage>(folder, 'generatorApi');
    return async (file) => {
      const tools = await getToolsFromOpenApi(file, { dereference: true, baseUrl: BASE_URL });
      return tools.map(({ name, description, inputSchema }) => ({
        name,
        description,
        inputSchema,
      }));
    };
  },
  'fastmcp/openapi': async (folder) => {
    const { fromOpenAPI } = await importPeer<FastmcpPackage>(folder, 'fastmcp');
    return async (spec) => {
      const tools: unknown[] = [];
      const schemaOf = (adapter: unknown): unknown =>
        (
          adapter as
            | { ['~standard']: { jsonSchema: { input(options: object): unknown } } }
            | undefined
        )?.['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
      const addTool = ({ name, description, parameters, outputSchema }: FastmcpTool): void => {
        const schemas = [schemaOf(parameters), schemaOf(outputSchema)];
        tools.push({ name, description, inputSchema: schemas[0], outputSchema: schemas[1] });
      };
      await fromOpenAPI({ spec, baseUrl: BASE_URL, maxTools: 1_000_000, server: { addTool } });
      return tools;
    };
  },
};

/** Arguments: the converter's name, the folder of the peers, the document's file. */
async function measure([name = '', folder = '', file = '']: readonly string[]): Promise<Measured> {
  const convert = await conversions[name]?.(folder);
  if (convert === undefined) throw new Error(`no converter is named ${name}`);
  const start = performance.now();
  const tools = await convert(file);
  const bytes = Buffer.byteLength(JSON.stringify({ tools }));
  const ms = performance.now() - start;
  if (bytes < 2) throw new Error('nothing was written');
  const residentMegabytes = process.resourceUsage().maxRSS / 1024;
  return { ms, tools: tools.length, residentMegabytes };
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measure(process.argv.slice(2)))}\n`);
}
