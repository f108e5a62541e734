import type { OpenClient } from './interop-client.ts';

/** What the clients that run in this process have in common. */
export interface ClientInProcess {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

/** A connected client as the matrix uses it; `user` counts how often it is asked. */
export function openClient(client: ClientInProcess, user: { questions: number }): OpenClient {
  return {
    toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, input) => {
      user.questions = 0;
      const result = await client.callTool({ name, arguments: { ...input } });
      return { result: JSON.stringify(result), questions: user.questions };
    },
    close: () => client.close(),
  };
}
