// A small MCP server over stdio. Started with `family` it has a child that left its session.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

interface Request {
  readonly id?: number | string;
  readonly method: string;
}

const results: Readonly<Record<string, object>> = {
  'server/discover': {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    ttlMs: 0,
    cacheScope: 'private',
  },
  'tools/list': {
    resultType: 'complete',
    tools: [{ name: 'work', inputSchema: { type: 'object' } }],
    ttlMs: 0,
    cacheScope: 'private',
  },
  'tools/call': { resultType: 'complete', content: [{ type: 'text', text: 'done' }] },
};

if (process.argv[2] === 'family') {
  // Started in a session of its own: it hears nothing of the end of those that started it.
  spawn('sleep', ['600'], { stdio: 'ignore', detached: true }).unref();
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line) as Request;
  if (id === undefined) return;
  const result = results[method];
  const answer =
    result === undefined ? { error: { code: -32601, message: 'unknown' } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
});
