import { createServer } from 'node:http';
import type { Server as HttpServer } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { ProgressCallback } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import type { UpstreamAddress } from '../subject.ts';
import { REVISIONS } from '../wire.ts';
import { serveParent } from '../worker-side.ts';

/** Creates an SDK server, one per request as the SDK wants it, over one shared SDK client. */
export async function createSdkProxy(upstream: UpstreamAddress): Promise<HttpServer> {
  const client = await connectClient(upstream);
  const handler = createMcpHandler(
    () => {
      const info = { name: 'sdk-proxy', version: '1.0.0' };
      const server = new Server(info, { capabilities: { tools: { listChanged: true } } });
      server.setRequestHandler('tools/list', () => client.listTools());
      server.setRequestHandler('tools/call', (request, context) => {
        const { name, arguments: given = {} } = request.params;
        const token = request.params._meta?.progressToken;
        if (token === undefined) return client.callTool({ name, arguments: given });
        const onprogress: ProgressCallback = (progress) => {
          const params = { progressToken: token, ...progress };
          void context.mcpReq.notify({ method: 'notifications/progress', params });
        };
        return client.callTool({ name, arguments: given }, { onprogress });
      });
      return server;
    },
    { maxSubscriptions: 100_000 },
  );
  const handle = toNodeHandler(handler);
  const server = createServer((request, response) => {
    void handle(request as Parameters<typeof handle>[0], response);
  });
  server.keepAliveTimeout = 600_000;
  return server;
}

async function connectClient(upstream: UpstreamAddress): Promise<Client> {
  const mode = upstream.era === 'modern' ? { pin: REVISIONS.modern } : 'legacy';
  const info = { name: 'sdk-proxy', version: '1.0.0' };
  const client = new Client(info, { versionNegotiation: { mode } });
  const [command = '', ...args] = upstream.command;
  await client.connect(
    upstream.era === 'stdio'
      ? new StdioClientTransport({ command, args })
      : new StreamableHTTPClientTransport(new URL(upstream.url)),
  );
  return client;
}

if (import.meta.main) {
  const upstream = JSON.parse(process.argv[2] ?? '') as UpstreamAddress;
  await serveParent(await createSdkProxy(upstream));
}
