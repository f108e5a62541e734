import process from 'node:process';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createServer } from './create-server.ts';
import { openService } from './open-service.ts';
import { serveHttp } from './serve-http.ts';

/** Serves over stdio, or with `--http` over streamable HTTP, until it is told to stop. */
async function main(): Promise<void> {
  const opened = openService(process.env);
  const problem = (error: Error): void => void process.stderr.write(`${error.message}\n`);
  const make: McpServerFactory = ({ era }) => createServer(opened, era);
  const http = process.argv.includes('--http')
    ? await serveHttp(make, process.env, problem)
    : undefined;
  const serving = http ?? serveStdio(make, { onerror: problem });
  const stop = (): void => void serving.close().finally(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (http !== undefined) process.stderr.write(`${opened.name} listens on ${http.url}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
