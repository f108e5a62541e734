import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fillForm } from '../fill-form.ts';
import type { InteropClient, OpenClient, Target } from '../interop-client.ts';
import { inspectorEnvironment, inspectorFile, runInspector } from './inspector-program.ts';

const PROGRAM = 'mcpdo/build/mcp-bin.js';
const DAEMON = 'mcpdo/build/mcpdod.js';
const START_MS = 10_000;
const STOP_MS = 5_000;
const LOOK_MS = 20;
const QUESTIONS_MAX = 3;

/** What mcpdo prints for a call; a question ends the command and leaves the call open. */
interface Printed {
  readonly elicitationPending?: {
    readonly elicitationId: string;
    readonly requestedSchema: unknown;
  };
}

/** The Inspector's connection command line: its daemon keeps the connection between commands. */
export function mcpdo(mode: 'legacy' | 'auto' | 'modern'): InteropClient {
  return {
    name: 'mcpdo',
    mode,
    era: mode === 'legacy' ? 'legacy' : 'modern',
    slow: true,
    open: async (target) => {
      const daemon = await startDaemon(target);
      const run = (...args: readonly string[]): Promise<string> =>
        runInspector(target, PROGRAM, ['--format', 'json', '--connection', 'gateway', ...args]);
      try {
        await run(
          'connect',
          `--server-url=${target.endpoint}`,
          '--transport=http',
          `--era=${mode}`,
          `--header=Authorization: Bearer ${target.apiKey}`,
        );
      } catch (error) {
        await endDaemon(daemon);
        throw error;
      }
      return openMcpdo(run, daemon);
    },
  };
}

function openMcpdo(
  run: (...args: readonly string[]) => Promise<string>,
  daemon: ChildProcess,
): OpenClient {
  return {
    toolNames: async () => {
      const { tools } = JSON.parse(await run('tools/list')) as {
        tools: readonly { name: string }[];
      };
      return tools.map(({ name }) => name);
    },
    call: async (tool, input) => {
      let result = await run('tools/call', tool, JSON.stringify(input));
      for (let questions = 0; questions <= QUESTIONS_MAX; questions++) {
        const { elicitationPending: asked } = JSON.parse(result) as Printed;
        if (asked === undefined) return { result, questions };
        const content = JSON.stringify(fillForm(asked.requestedSchema));
        result = await run('elicitation/respond', asked.elicitationId, content);
      }
      throw new Error(`the user was asked more than ${QUESTIONS_MAX} times`);
    },
    close: () => endDaemon(daemon),
  };
}

/** Started here and not by the first command, which would leave it running. */
async function startDaemon(target: Target): Promise<ChildProcess> {
  const daemon = spawn(process.execPath, [inspectorFile(DAEMON)], {
    env: inspectorEnvironment(target),
    stdio: 'ignore',
    signal: target.signal,
    killSignal: 'SIGKILL',
  });
  daemon.on('error', () => {});
  const socket = join(target.folder, 'd', 'mcpdod.sock');
  const deadlineMs = Date.now() + START_MS;
  while (!existsSync(socket)) {
    if (Date.now() > deadlineMs || daemon.exitCode !== null) {
      await endDaemon(daemon);
      throw new Error('the daemon of mcpdo did not start');
    }
    await delay(LOOK_MS);
  }
  return daemon;
}

async function endDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  const timer = setTimeout(() => daemon.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
