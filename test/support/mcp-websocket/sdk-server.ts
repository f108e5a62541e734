import {
  acceptedContent,
  inputRequired,
  inputResponse,
  McpServer,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { WebSocket } from 'ws';
import * as z from 'zod/v4';
import { startSocketServer, type SocketServer } from './socket-server.ts';

/** A server written with the protocol's own library, over WebSocket. */
export interface SdkSocketServer extends SocketServer {
  /** Adds a tool to every open connection, which announces it. */
  addTool(name: string): void;
  /** Calls of `hang` that have begun. */
  readonly begun: readonly string[];
  /** What calls of `hang` were told when they ended. */
  readonly aborted: readonly string[];
}

/** One WebSocket as the library's transport. */
class SocketTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  start(): Promise<void> {
    this.#socket.on('message', (data: Buffer) => {
      this.onmessage?.(JSON.parse(data.toString('utf8')) as JSONRPCMessage);
    });
    this.#socket.on('close', () => this.onclose?.());
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#socket.send(JSON.stringify(message));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#socket.close();
    return Promise.resolve();
  }
}

/** Starts it; `legacy: 'reject'` serves the modern era only. */
export async function startSdkServer(legacy?: 'reject'): Promise<SdkSocketServer> {
  const servers = new Set<McpServer>();
  const aborted: string[] = [];
  const begun: string[] = [];
  const factory = (): McpServer => {
    const server = build(begun, aborted);
    servers.add(server);
    return server;
  };
  const server = await startSocketServer((socket) => {
    const transport = new SocketTransport(socket);
    serveStdio(factory, { transport, ...(legacy === undefined ? {} : { legacy }) });
  });
  const addTool = (name: string): void => {
    for (const one of servers) one.registerTool(name, {}, () => ({ content: [] }));
  };
  return Object.assign(server, { begun, aborted, addTool });
}

const answer = z.object({ name: z.string() });

function build(begun: string[], aborted: string[]): McpServer {
  const server = new McpServer({ name: 'sdk-socket', version: '1' });
  const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
  server.registerTool('echo', { inputSchema: z.object({ a: z.string() }) }, ({ a }) => text(a));
  server.registerTool('ask', {}, (context) => {
    const responses = context.mcpReq.inputResponses;
    if (inputResponse(responses, 'who').kind === 'missing') {
      const who = inputRequired.elicit({ message: 'Who?', requestedSchema: answer });
      return inputRequired({ inputRequests: { who } });
    }
    return text(acceptedContent(responses, 'who', answer)?.name ?? 'nobody');
  });
  server.registerTool('progress', {}, async (context) => {
    const { _meta: meta, notify } = context.mcpReq;
    if (meta?.progressToken !== undefined) {
      const params = { progressToken: meta.progressToken, progress: 1, total: 2 };
      await notify({ method: 'notifications/progress', params });
    }
    return text('done');
  });
  server.registerTool('hang', {}, async (context) => {
    const { signal } = context.mcpReq;
    begun.push('hang');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    aborted.push('aborted');
    return text('aborted');
  });
  return server;
}
