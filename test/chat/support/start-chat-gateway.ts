import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./chat-gateway.ts', import.meta.url));

/** A gateway with scripted chats, in a process of its own. */
export interface ChatGateway extends AsyncDisposable {
  readonly url: string;
  /** The administrator's key, at the first start on a database. */
  readonly apiKey: string;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts one on a data folder, and a PostgreSQL database where one is named. */
export async function startChatGateway(directory: string, databaseUrl = ''): Promise<ChatGateway> {
  const child = spawn(process.execPath, [MAIN, directory, databaseUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said: { url?: string; apiKey?: string } = {};
  for await (const line of createInterface({ input: child.stdout })) {
    Object.assign(said, JSON.parse(line));
    if (said.url !== undefined) break;
  }
  const { url, apiKey = '' } = said;
  if (url === undefined) throw new Error('The gateway ended before it listened');
  const end: ChatGateway['end'] = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return { url, apiKey, end, [Symbol.asyncDispose]: () => end('SIGKILL') };
}
