import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, ProtocolError, Server } from '@modelcontextprotocol/server';

/** The protocol's own SDK as a server: `/modern` is stateless, `/legacy` has sessions. */
export interface Reference extends AsyncDisposable {
  readonly url: string;
}

function unknown(what: string): ProtocolError {
  return new ProtocolError(-32602, `There is no such ${what}`);
}

function makeServer(): Server {
  const capabilities = { tools: { listChanged: true }, prompts: {}, resources: {} };
  const server = new Server({ name: 'reference', version: '1' }, { capabilities });
  server.setRequestHandler('tools/list', () => ({
    tools: [{ name: 'echo', inputSchema: { type: 'object' } }],
  }));
  server.setRequestHandler('tools/call', ({ params }) => {
    if (params.name !== 'echo') throw unknown('tool');
    return { content: [{ type: 'text', text: 'x' }] };
  });
  server.setRequestHandler('prompts/list', () => ({ prompts: [{ name: 'greet' }] }));
  server.setRequestHandler('prompts/get', ({ params }) => {
    if (params.name !== 'greet') throw unknown('prompt');
    return { messages: [] };
  });
  server.setRequestHandler('resources/list', () => ({
    resources: [{ name: 'one', uri: 'test://one' }],
  }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [] }));
  server.setRequestHandler('resources/read', ({ params }) => {
    if (params.uri !== 'test://one') throw unknown('resource');
    return { contents: [{ uri: params.uri, text: 'x' }] };
  });
  return server;
}

/** Starts the SDK's handlers on a free port of 127.0.0.1. */
export async function startReference(): Promise<Reference> {
  const modern = toNodeHandler(createMcpHandler(makeServer));
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const legacy = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = request.headers['mcp-session-id'];
    // Only a transport that has a session knows how to answer one that it does not have.
    const [someone] = sessions.values();
    const known = id === undefined || id === '' ? undefined : (sessions.get(String(id)) ?? someone);
    if (known !== undefined) return known.handleRequest(request, response);
    const opened = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, opened),
    });
    await makeServer().connect(opened);
    await opened.handleRequest(request, response);
  };
  const server = createServer((request, response) => {
    const isModern = request.url === '/modern';
    if (isModern) void modern(request as Parameters<typeof modern>[0], response);
    else void legacy(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([...sessions.values()].map((session) => session.close()));
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
