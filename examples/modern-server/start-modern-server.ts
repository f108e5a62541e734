import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { listen, type Listening } from '../support/listen.ts';
import { bookingServer } from './booking-server.ts';
import { Bookings } from './bookings.ts';

/** Starts the MCP server on loopback at `/mcp`; it speaks the modern era only. */
export async function startModernServer(options: { port: number }): Promise<Listening> {
  const bookings = new Bookings();
  const handler = createMcpHandler(() => bookingServer(bookings), { legacy: 'reject' });
  const mcp = toNodeHandler(handler);
  const validHost = localhostHostValidation();
  const validOrigin = localhostOriginValidation();
  const server = await listen((request, response) => {
    if (!validHost(request, response) || !validOrigin(request, response)) return;
    if (request.url === '/mcp') void mcp(request as Parameters<typeof mcp>[0], response);
    else response.writeHead(404).end();
  }, options.port);
  return {
    url: server.url,
    close: async () => {
      await handler.close();
      await server.close();
    },
  };
}
