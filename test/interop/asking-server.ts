import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  inputRequired,
  inputResponse,
  McpServer,
  type CallToolResult,
  type InputRequest,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import * as z from 'zod/v4';
import { listen, type Listening } from '../../examples/support/listen.ts';

const questions = {
  'ask-form': inputRequired.elicit({
    message: 'Which tea?',
    requestedSchema: z.object({ tea: z.string() }),
  }),
  'ask-url': inputRequired.elicitUrl({ message: 'Sign in.', url: 'https://example.com/sign-in' }),
  'ask-model': inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: 'Which tea?' } }],
    maxTokens: 10,
  }),
  'ask-roots': inputRequired.listRoots(),
} satisfies Record<string, InputRequest>;

/** Starts a server of the modern era whose tools ask one thing each and answer with what came. */
export async function startAskingServer(): Promise<Listening> {
  const handler = createMcpHandler(askingServer, { legacy: 'reject' });
  const mcp = toNodeHandler(handler);
  const { url, close } = await listen(
    (request, response) => void mcp(request as Parameters<typeof mcp>[0], response),
    0,
  );
  return {
    url: `${url}/mcp`,
    close: async () => {
      await handler.close();
      await close();
    },
  };
}

function askingServer(): McpServer {
  const server = new McpServer({ name: 'asking', version: '1.0.0' });
  for (const [name, question] of Object.entries(questions)) {
    server.registerTool(
      name,
      { inputSchema: z.object({}) },
      (_input, context): CallToolResult | InputRequiredResult => {
        const answer = inputResponse(context.mcpReq.inputResponses, 'question');
        if (answer.kind === 'missing') {
          return inputRequired({ inputRequests: { question } });
        }
        return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
      },
    );
  }
  return server;
}
