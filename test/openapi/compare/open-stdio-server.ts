import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { converterBounds, type CallAnswer, type ListedTool } from './converter.ts';

/** An MCP server that runs as a child, and what it lists. */
export interface StdioServer extends AsyncDisposable {
  readonly tools: readonly ListedTool[];
  call(name: string, given: Readonly<Record<string, unknown>>): Promise<CallAnswer>;
}

/** Results are judged by what arrives at the API, not by the schemas of what comes back. */
const anySchema = {
  getValidator: () => (input: unknown) => ({
    valid: true as const,
    data: input,
    errorMessage: undefined,
  }),
};

/** A client's own bound is lower; no list fails by it here. */
const LIST_BYTES_MAX = 512 * 1024 * 1024;

/** Starts a script as an MCP server, bounded in memory and time, and lists its tools. */
export async function openStdioServer(
  script: readonly string[],
  cwd: string,
): Promise<StdioServer> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      `--max-old-space-size=${converterBounds.heapMegabytes}`,
      '--disable-warning=ExperimentalWarning',
      ...script,
    ],
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd },
    cwd,
    stderr: 'ignore',
    maxBufferSize: LIST_BYTES_MAX,
  });
  const client = new Client(
    { name: 'comparison', version: '1' },
    { versionNegotiation: { mode: 'legacy' }, jsonSchemaValidator: anySchema as never },
  );
  const timeout = converterBounds.openMs;
  try {
    await client.connect(transport, { timeout });
    // A server of no tools says so by not having the capability.
    const hasTools = client.getServerCapabilities()?.tools !== undefined;
    const { tools } = hasTools ? await client.listTools(undefined, { timeout }) : { tools: [] };
    return {
      tools: tools as unknown as readonly ListedTool[],
      async call(name, given) {
        const options = { timeout: converterBounds.callMs };
        const result = await client.callTool({ name, arguments: { ...given } }, options);
        const { isError, content } = result as { isError?: boolean; content: { text?: string }[] };
        const text = content.map((block) => block.text ?? '').join('\n');
        return { isError: isError === true, text };
      },
      [Symbol.asyncDispose]: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
