import type { InteropClient } from '../interop-client.ts';
import { runInspector } from './inspector-program.ts';

const LAUNCHER = 'launcher/build/index.js';

/** The MCP Inspector's command line; every operation is a process and a connection of its own. */
export function inspector(mode: 'legacy' | 'auto' | 'modern'): InteropClient {
  return {
    name: 'mcp-inspector --cli',
    mode,
    era: mode === 'legacy' ? 'legacy' : 'modern',
    slow: true,
    open: (target) => {
      const run = (method: string, ...flags: readonly string[]): Promise<string> =>
        runInspector(target, LAUNCHER, [
          '--cli',
          `--server-url=${target.endpoint}`,
          '--transport=http',
          `--protocol-era=${mode}`,
          `--method=${method}`,
          '--format=json',
          '--quiet',
          '--stored-auth-only',
          `--header=Authorization: Bearer ${target.apiKey}`,
          ...flags,
        ]);
      return Promise.resolve({
        toolNames: async () => {
          const { result } = JSON.parse(await run('tools/list')) as {
            result: { tools: readonly { name: string }[] };
          };
          return result.tools.map(({ name }) => name);
        },
        call: async (tool, input) => {
          const flags = [`--tool-name=${tool}`, `--tool-args-json=${JSON.stringify(input)}`];
          return { result: await run('tools/call', ...flags), questions: 0 };
        },
        close: () => Promise.resolve(),
      });
    },
  };
}
