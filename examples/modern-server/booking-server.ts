import { setTimeout as delay } from 'node:timers/promises';
import {
  acceptedContent,
  inputRequired,
  inputResponse,
  McpServer,
  type CallToolResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import * as z from 'zod/v4';
import { rooms, type Bookings } from './bookings.ts';

const STEP_MS = 40;

const booking = z.object({ room: z.string(), day: z.string(), people: z.number().int() });
const confirmation = z.object({ confirm: z.boolean().meta({ title: 'Book the room' }) });

/** Builds the server for one request; what is booked lives in `bookings`. */
export function bookingServer(bookings: Bookings): McpServer {
  const server = new McpServer({ name: 'meeting-rooms', version: '1.0.0' });
  addFindRooms(server, bookings);
  addBookRoom(server, bookings);
  addCheckRooms(server);
  server.registerResource(
    'house-rules',
    'rooms://house-rules',
    { title: 'House rules', mimeType: 'text/markdown', description: 'How rooms are used.' },
    (uri) => ({
      contents: [
        { uri: uri.href, mimeType: 'text/markdown', text: '# House rules\n\nLeave rooms tidy.\n' },
      ],
    }),
  );
  server.registerPrompt(
    'plan-meeting',
    {
      description: 'Plan a meeting in a fitting room.',
      argsSchema: z.object({ topic: z.string(), people: z.string() }),
    },
    ({ topic, people }) => ({
      messages: [
        {
          role: 'user' as const,
          content: {
            type: 'text' as const,
            text: `Find a room for ${people} people and plan a meeting about ${topic}.`,
          },
        },
      ],
    }),
  );
  return server;
}

/** A quick tool with structured output. */
function addFindRooms(server: McpServer, bookings: Bookings): void {
  server.registerTool(
    'find-rooms',
    {
      title: 'Find rooms',
      description: 'Lists the rooms that are free on a day and big enough.',
      inputSchema: z.object({
        day: z.iso.date().describe('The day, for example 2027-03-01.'),
        people: z.number().int().min(1).max(50),
      }),
      outputSchema: z.object({
        rooms: z.array(z.object({ name: z.string(), seats: z.number() })),
      }),
      annotations: { readOnlyHint: true },
    },
    ({ day, people }) => {
      const free = rooms.filter(({ name, seats }) => seats >= people && bookings.isFree(name, day));
      const text = free.map(({ name, seats }) => `${name} (${seats} seats)`).join('\n');
      return { content: [{ type: 'text', text }], structuredContent: { rooms: free } };
    },
  );
}

/** A tool that asks the user before it acts. */
function addBookRoom(server: McpServer, bookings: Bookings): void {
  server.registerTool(
    'book-room',
    {
      title: 'Book a room',
      description: 'Books a room for a day after the user confirmed it.',
      inputSchema: z.object({ room: z.string(), day: z.iso.date(), people: z.number().int() }),
      outputSchema: booking,
    },
    ({ room, day, people }, context): CallToolResult | InputRequiredResult => {
      if (!bookings.isFree(room, day)) return failed(`${room} is not free on ${day}.`);
      const responses = context.mcpReq.inputResponses;
      const answer = inputResponse(responses, 'confirm');
      if (answer.kind === 'missing') {
        const request = inputRequired.elicit({
          message: `Book ${room} on ${day} for ${people} people?`,
          requestedSchema: confirmation,
        });
        return inputRequired({ inputRequests: { confirm: request } });
      }
      if (acceptedContent(responses, 'confirm', confirmation)?.confirm !== true) {
        return failed('The user did not confirm, so nothing was booked.');
      }
      bookings.book(room, day);
      return {
        content: [{ type: 'text', text: `Booked ${room} on ${day}.` }],
        structuredContent: { room, day, people },
      };
    },
  );
}

/** A slow tool that reports its progress. */
function addCheckRooms(server: McpServer): void {
  server.registerTool(
    'check-rooms',
    {
      title: 'Check rooms',
      description: 'Checks the screens of all rooms one by one, which takes a while.',
      inputSchema: z.object({}),
    },
    async (_input, context) => {
      const { _meta: meta, signal, notify } = context.mcpReq;
      for (const [index, { name }] of rooms.entries()) {
        await delay(STEP_MS, undefined, { signal });
        if (meta?.progressToken === undefined) continue;
        const progress = { progress: index + 1, total: rooms.length, message: `${name} is fine` };
        await notify({
          method: 'notifications/progress',
          params: { progressToken: meta.progressToken, ...progress },
        });
      }
      return { content: [{ type: 'text', text: `All ${rooms.length} screens work.` }] };
    },
  );
}

function failed(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
